/* The naive model; see ext2_model.h. */
#include "ext2_model.h"

#include <stdlib.h>
#include <string.h>

void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
    model->nodes[0] =
        (struct model_node){.used = true, .directory = true, .inode = FS_ROOT_INODE, .links = 1};
}

void model_free(struct model *model)
{
    for (uint32_t i = 0; i < MODEL_NODES; i++)
        free(model->nodes[i].bytes);
}

int model_find(const struct model *model, uint32_t directory, const char *text)
{
    for (uint32_t i = 0; i < MODEL_NAMES; i++) {
        const struct model_name *name = &model->names[i];
        if (name->used && name->directory == directory && strcmp(name->text, text) == 0)
            return (int)i;
    }
    return -1;
}

static const struct model_name *name_of_directory(const struct model *model, uint32_t directory)
{
    for (uint32_t i = 0; i < MODEL_NAMES; i++) {
        if (model->names[i].used && model->names[i].node == directory)
            return &model->names[i];
    }
    abort();
}

void model_path(const struct model *model, uint32_t directory, char *path)
{
    if (directory == 0) {
        path[0] = '\0';
        return;
    }
    const struct model_name *name = name_of_directory(model, directory);
    model_path(model, name->directory, path);
    strcat(path, "/");
    strcat(path, name->text);
}

bool model_is_below(const struct model *model, uint32_t directory, uint32_t ancestor)
{
    while (directory != ancestor) {
        if (directory == 0)
            return false;
        directory = name_of_directory(model, directory)->directory;
    }
    return true;
}

bool model_is_empty(const struct model *model, uint32_t directory)
{
    for (uint32_t i = 0; i < MODEL_NAMES; i++) {
        if (model->names[i].used && model->names[i].directory == directory)
            return false;
    }
    return true;
}

int model_new_node(struct model *model, bool directory, uint32_t inode)
{
    for (uint32_t i = 0; i < MODEL_NODES; i++) {
        struct model_node *node = &model->nodes[i];
        if (node->used)
            continue;
        *node = (struct model_node){.used = true, .directory = directory, .inode = inode};
        if (!directory)
            node->bytes = calloc(MODEL_PAGES, PAGE);
        return (int)i;
    }
    return -1;
}

int model_new_name(struct model *model, uint32_t directory, const char *text, uint32_t node)
{
    for (uint32_t i = 0; i < MODEL_NAMES; i++) {
        struct model_name *name = &model->names[i];
        if (name->used)
            continue;
        *name = (struct model_name){.used = true, .directory = directory, .node = node};
        strcpy(name->text, text);
        model->nodes[node].links++;
        return (int)i;
    }
    return -1;
}

void model_remove_name(struct model *model, uint32_t name)
{
    uint32_t node = model->names[name].node;
    model->names[name].used = false;
    model->nodes[node].links--;
    model_drop_if_gone(model, node);
}

void model_drop_if_gone(struct model *model, uint32_t index)
{
    struct model_node *node = &model->nodes[index];
    if (node->links != 0 || node->references != 0)
        return;
    free(node->bytes);
    *node = (struct model_node){0};
}
