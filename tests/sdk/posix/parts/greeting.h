#ifndef GREETING
#error "-DGREETING did not arrive"
#endif
const char *greeting(void);
