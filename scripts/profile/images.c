/* See images.h. */
#include "images.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 4096ull

struct function *functions;
struct image *images;
uint32_t image_count;
static uint32_t function_count;

void fail(const char *what)
{
    fprintf(stderr, "instruction_profile: %s\n", what);
    exit(1);
}

void *grown(void *array, uint32_t count, size_t element_size)
{
    if ((count & (count - 1)) != 0)
        return array;
    array = realloc(array, (count == 0 ? 1 : 2 * (size_t)count) * element_size);
    if (array == NULL)
        fail("out of memory");
    return array;
}

static void *read_bytes(const char *path, uint64_t offset, uint64_t length)
{
    FILE *file = fopen(path, "rb");
    void *bytes = malloc(length);
    if (file == NULL || bytes == NULL || fseek(file, (long)offset, SEEK_SET) != 0 ||
        fread(bytes, 1, length, file) != length)
        fail("cannot read an image");
    fclose(file);
    return bytes;
}

static void add_function(uint64_t start, uint64_t end, const char *name)
{
    functions = grown(functions, function_count, sizeof *functions);
    functions[function_count++] = (struct function){start, end, strdup(name)};
    images[image_count - 1].function_count++;
}

static void add_image(const char *name, uint64_t start, uint64_t end)
{
    images = grown(images, image_count, sizeof *images);
    images[image_count++] = (struct image){.name = strdup(name),
                                           .text_start = start,
                                           .text_end = end,
                                           .first_function = function_count};
    /* What lies between the functions. */
    add_function(0, 0, "(unknown)");
}

/* Lines `image NAME START END [OFFSET PATH]`, each followed by `function START END NAME`. */
void read_images(const char *path)
{
    static char line[4096], name[1024], file_name[2048];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail("cannot read the list of images");
    add_image("other", 0, 0);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start, end, offset;
        int count = sscanf(line, "image %1023s %lx %lx %lx %2047[^\n]", name, &start, &end, &offset,
                           file_name);
        if (count >= 3) {
            add_image(name, start, end);
            if (count == 5)
                images[image_count - 1].text = read_bytes(file_name, offset, end - start);
        } else if (sscanf(line, "function %lx %lx %1023s", &start, &end, name) == 3) {
            add_function(start, end, name);
        } else {
            fail("the list of images has a bad line");
        }
    }
    fclose(file);
}

/* Is the guest's page with `address` in it, seen by us at `host`, the same page of the image? */
static bool same_page(const struct image *image, uint64_t address, const char *host)
{
    uint64_t page = address & ~(PAGE_SIZE - 1);
    uint64_t start = page > image->text_start ? page : image->text_start;
    uint64_t end = page + PAGE_SIZE < image->text_end ? page + PAGE_SIZE : image->text_end;
    return memcmp(host - (address - start), image->text + (start - image->text_start),
                  end - start) == 0;
}

uint32_t image_at(uint64_t address, const char *host)
{
    for (uint32_t index = 1; index < image_count; index++) {
        const struct image *image = &images[index];
        if (address < image->text_start || address >= image->text_end)
            continue;
        if (image->text == NULL || (host != NULL && same_page(image, address, host)))
            return index;
    }
    return UNKNOWN;
}

uint32_t function_at(const struct image *image, uint64_t address)
{
    uint32_t low = image->first_function + 1;
    uint32_t high = image->first_function + image->function_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (address < functions[middle].start)
            high = middle;
        else if (address >= functions[middle].end)
            low = middle + 1;
        else
            return middle;
    }
    return image->first_function;
}
