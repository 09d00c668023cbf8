/* The short forms of <stdio.h>, on streams and strings. */
#include <errno.h>
#include <quire/format.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int vprintf(const char *format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return length;
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vfprintf(stream, format, arguments);
    va_end(arguments);
    return length;
}

int vsnprintf(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    return (int)format_string_list(buffer, capacity, format, arguments);
}

int snprintf(char *buffer, size_t capacity, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, capacity, format, arguments);
    va_end(arguments);
    return length;
}

int fputc(int character, FILE *stream)
{
    char byte = (char)character;
    return fwrite(&byte, 1, 1, stream) == 1 ? (unsigned char)byte : EOF;
}

int putc(int character, FILE *stream)
{
    return fputc(character, stream);
}

int putchar(int character)
{
    return fputc(character, stdout);
}

int fputs(const char *string, FILE *stream)
{
    size_t length = strlen(string);
    return fwrite(string, 1, length, stream) == length ? 0 : EOF;
}

int puts(const char *string)
{
    return printf("%s\n", string) < 0 ? EOF : 0;
}

int getc(FILE *stream)
{
    return fgetc(stream);
}

int getchar(void)
{
    return fgetc(stdin);
}

int remove(const char *path)
{
    if (unlink(path) == 0)
        return 0;
    return errno == EISDIR ? rmdir(path) : -1;
}

void perror(const char *message)
{
    if (message != NULL && *message != '\0')
        fprintf(stderr, "%s: %s\n", message, strerror(errno));
    else
        fprintf(stderr, "%s\n", strerror(errno));
}
