/* Memory that lies across a page boundary. */
#pragma once

/* A copy of the string with the boundary in its middle. */
char *string_across_pages(const char *string);
/* The boundary itself, with at least 2,048 bytes of own memory on either side. */
char *page_boundary(void);
