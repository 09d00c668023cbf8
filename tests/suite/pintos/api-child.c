/* Child of api-process: exits with 10 + argc, or with the position of the descriptor it is given. */
#include "../lib/suite.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
    if (argc == 3 && strcmp(argv[1], "position") == 0) {
        int descriptor = atoi(argv[2]);
        int position = (int)tell(descriptor);
        seek(descriptor, 7);
        return position;
    }
    return 10 + argc;
}
