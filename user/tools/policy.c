/* policy GROUP NAME [name=value]...: another policy, or other parameters, for a paging group. */
#include <errno.h>
#include <paging_group.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 1024

int main(int argc, char *argv[])
{
    char text[TEXT_BYTES] = "", *end = NULL;
    long group = argc >= 3 ? strtol(argv[1], &end, 10) : -1;
    if (group < 0 || *end != '\0') {
        puts("policy GROUP NAME [name=value]...\n"
             "policy GROUP name=value...        the policy that it has, with other parameters");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        if (strlen(text) + strlen(argv[i]) + 2 > sizeof text) {
            puts("policy: that is too long");
            return 2;
        }
        strlcat(text, argv[i], sizeof text);
        strlcat(text, " ", sizeof text);
    }
    if (group_set_policy((int)group, text) == 0)
        return 0;
    printf("policy: %s: %s\n", argv[2],
           errno == ENOENT   ? "no such policy"
           : errno == EINVAL ? "a parameter that it does not have, or a bad value"
           : errno == ESRCH  ? "no such group"
                             : strerror(errno));
    return 1;
}
