/*
 * A naive file system in memory that says what the server has to answer: nodes, names, bytes.
 */
#pragma once

#include "ext2_pager.h"

#define MODEL_NODES 160u
#define MODEL_NAMES 400u
#define MODEL_PAGES 360u /* reaches double indirect blocks of every block size */

struct model_node {
    bool used;
    bool directory;
    uint32_t inode;
    uint32_t links;
    uint32_t references; /* what the server counts for us */
    uint64_t size;
    uint8_t *bytes; /* MODEL_PAGES pages, or NULL */
};

struct model_name {
    bool used;
    uint32_t directory; /* node that has the name */
    uint32_t node;
    char text[256];
};

struct model {
    struct model_node nodes[MODEL_NODES]; /* 0 is the root */
    struct model_name names[MODEL_NAMES];
};

void model_init(struct model *model);
void model_free(struct model *model);
int model_find(const struct model *model, uint32_t directory, const char *text); /* a name, or -1 */
/* Path of a directory node from the root, without a slash at the end. */
void model_path(const struct model *model, uint32_t directory, char *path);
bool model_is_below(const struct model *model, uint32_t directory, uint32_t ancestor);
bool model_is_empty(const struct model *model, uint32_t directory);
int model_new_node(struct model *model, bool directory, uint32_t inode);
int model_new_name(struct model *model, uint32_t directory, const char *text, uint32_t node);
/* A name less; forgets the node with its last name and reference. */
void model_remove_name(struct model *model, uint32_t name);
void model_drop_if_gone(struct model *model, uint32_t node);
