/*
 * A QEMU plugin that counts the guest's instructions by function and call path; `quire profile`
 * builds and loads it (docs/performance.md).
 *
 * The count is exact, not sampled: every instruction adds one to a counter, and at the start
 * of each translated block what was added since the last one goes to the node of the call tree
 * that was running. The tree is kept by watching calls and returns:
 *
 *      pager ---- server_main ---- handle_fault ---- region_find      a node: (parent, function)
 *      kernel --- page_fault_entry ---- ...                           a root: an image
 *
 * A root is an image (images.h): the kernel, a server, a program. Each has a stack of its own,
 * because they run in turns. Several processes of one program share theirs; a return looks for
 * its return address, so that the stack mends itself. The kernel starts with an empty stack
 * whenever it is entered from user mode.
 *
 * Arguments: images=FILE (what there is, from quirelib/profile_images.py), output=FILE,
 * within=FUNCTION (count only while a call of it is on the stack of the first program).
 */
#include "images.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What we use of QEMU's plugin interface, version 1; Debian ships it without a header. */
#define PLUGIN_INTERFACE_VERSION 1
#define CALLBACK_WITHOUT_REGISTERS 0
#define INLINE_ADD_U64 0
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id_t;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id_t,
                                           void (*)(plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int,
                                          void *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);
void qemu_plugin_register_atexit_cb(plugin_id_t, void (*)(plugin_id_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *);

/* What QEMU looks for in us. */
__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_INTERFACE_VERSION;
int qemu_plugin_install(plugin_id_t id, const void *information, int argument_count,
                        char **arguments);

#define STACK_DEPTH 512
#define NOTHING UINT32_MAX

struct frame {
    uint64_t return_address;
    uint32_t node;
};

enum block_end { END_PLAIN, END_CALL, END_RETURN };

struct block {
    uint64_t start, end, target; /* target: of a direct call, else 0 */
    uint32_t component, function;
    enum block_end how;
};

/* What an image is doing; components[i] belongs to images[i]. */
struct component {
    uint32_t root;
    const struct block *previous; /* the last block that ran */
    struct frame stack[STACK_DEPTH];
    uint32_t depth;
};

struct node {
    uint32_t parent, function, first_child, next_sibling;
    uint64_t instructions, calls;
};

static struct component *components;
static struct node *nodes;
static uint32_t node_count;
static uint64_t executed, accounted;
static uint32_t current_node, last_component;
/* The window: counting only at a depth of at least window_depth in window_component's stack. */
static uint32_t window_component = NOTHING, window_function = NOTHING, window_depth = NOTHING;
static const char *output_path;

static uint32_t new_node(uint32_t parent, uint32_t function)
{
    nodes = grown(nodes, node_count, sizeof *nodes);
    nodes[node_count] = (struct node){
        .parent = parent, .function = function, .first_child = NOTHING, .next_sibling = NOTHING};
    return node_count++;
}

/* ---------------------------------------------------------------- the call tree */

static uint32_t child_of(uint32_t parent, uint32_t function)
{
    uint32_t index = nodes[parent].first_child;
    while (index != NOTHING && nodes[index].function != function)
        index = nodes[index].next_sibling;
    if (index == NOTHING) {
        index = new_node(parent, function);
        nodes[index].next_sibling = nodes[parent].first_child;
        nodes[parent].first_child = index;
    }
    return index;
}

static bool counting(void)
{
    return window_function == NOTHING || window_depth != NOTHING;
}

static void push(struct component *component, uint64_t return_address, uint32_t function)
{
    uint32_t parent =
        component->depth == 0 ? component->root : component->stack[component->depth - 1].node;
    uint32_t node = child_of(parent, function);
    component->stack[component->depth++] = (struct frame){return_address, node};
    if (function == window_function && window_depth == NOTHING)
        window_depth = component->depth;
    if (counting())
        nodes[node].calls++;
}

/* Leaves all frames down to the one that returns to `address`; none if there is none such. */
static void pop_to(struct component *component, uint64_t address)
{
    for (uint32_t depth = component->depth; depth > 0; depth--) {
        if (component->stack[depth - 1].return_address != address)
            continue;
        component->depth = depth - 1;
        if (window_component != NOTHING && component == &components[window_component] &&
            component->depth < window_depth)
            window_depth = NOTHING;
        return;
    }
}

static bool completed_call(const struct block *from, const struct block *to)
{
    /* A block that faulted before its call goes on in its own middle. */
    return from->how == END_CALL && (from->target == 0 || from->target == to->start) &&
           !(to->start > from->start && to->start < from->end);
}

static void run_block(unsigned processor, void *argument)
{
    (void)processor;
    const struct block *block = argument;
    if (counting())
        nodes[current_node].instructions += executed - accounted;
    accounted = executed;

    struct component *component = &components[block->component];
    if (images[block->component].text == NULL && last_component != block->component) {
        component->depth = 0;
        component->previous = NULL;
    }
    const struct block *previous = component->previous;
    if (previous != NULL && completed_call(previous, block) && component->depth < STACK_DEPTH)
        push(component, previous->end, block->function);
    else if (previous != NULL && previous->how == END_RETURN)
        pop_to(component, block->start);

    if (component->depth == 0) {
        push(component, 0, block->function);
    } else if (nodes[component->stack[component->depth - 1].node].function != block->function) {
        /* Jumped into another function: it takes the place of this one. */
        struct frame *top = &component->stack[component->depth - 1];
        top->node = child_of(nodes[top->node].parent, block->function);
        if (counting() && block->start == functions[block->function].start)
            nodes[top->node].calls++;
    }
    current_node = component->stack[component->depth - 1].node;
    component->previous = block;
    last_component = block->component;
}

/* ---------------------------------------------------------------- translation */

static void find_end(struct block *block, const unsigned char *bytes, size_t size)
{
    if (size == 5 && bytes[0] == 0xe8) {
        int32_t distance;
        memcpy(&distance, bytes + 1, sizeof distance);
        block->how = END_CALL;
        block->target = block->end + (uint64_t)(int64_t)distance;
        return;
    }
    if (size > 1 && (bytes[0] & 0xf0) == 0x40) { /* REX */
        bytes++;
        size--;
    }
    if (size > 1 && bytes[0] == 0xff && (bytes[1] >> 3 & 7) == 2)
        block->how = END_CALL;
    else if (bytes[0] == 0xc3 || bytes[0] == 0xc2)
        block->how = END_RETURN;
}

static void translate_block(plugin_id_t id, struct qemu_plugin_tb *translation)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(translation);
    struct block *block = calloc(1, sizeof *block); /* lives as long as QEMU may run it: forever */
    if (block == NULL || count == 0)
        fail("cannot follow a translation");
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(translation, 0);
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(translation, count - 1);
    block->start = qemu_plugin_insn_vaddr(first);
    block->end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
    block->component = image_at(block->start, qemu_plugin_insn_haddr(first));
    block->function = function_at(&images[block->component], block->start);
    find_end(block, qemu_plugin_insn_data(last), qemu_plugin_insn_size(last));
    qemu_plugin_register_vcpu_tb_exec_cb(translation, run_block, CALLBACK_WITHOUT_REGISTERS, block);
    for (size_t index = 0; index < count; index++)
        qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(translation, index),
                                                   INLINE_ADD_U64, &executed, 1);
}

/* ---------------------------------------------------------------- begin and end */

static void write_path(FILE *file, const struct image *image, uint32_t node)
{
    if (nodes[node].parent == NOTHING) {
        fputs(image->name, file);
        return;
    }
    write_path(file, image, nodes[node].parent);
    fprintf(file, ";%s", functions[nodes[node].function].name);
}

static void write_tree(FILE *file, const struct image *image, uint32_t node)
{
    if (nodes[node].instructions != 0 || nodes[node].calls != 0) {
        write_path(file, image, node);
        fprintf(file, " %lu %lu\n", nodes[node].instructions, nodes[node].calls);
    }
    for (uint32_t child = nodes[node].first_child; child != NOTHING;
         child = nodes[child].next_sibling)
        write_tree(file, image, child);
}

static void write_profile(plugin_id_t id, void *argument)
{
    (void)id;
    (void)argument;
    if (counting())
        nodes[current_node].instructions += executed - accounted;
    FILE *file = fopen(output_path, "w");
    if (file == NULL)
        fail("cannot write the profile");
    for (uint32_t index = 0; index < image_count; index++)
        write_tree(file, &images[index], components[index].root);
    fclose(file);
}

/* FUNCTION of the first image that has one, the program that is profiled first of all; or
   IMAGE:FUNCTION. */
static void find_window(const char *name)
{
    const char *colon = strchr(name, ':');
    size_t length = colon != NULL ? (size_t)(colon - name) : 0;
    if (colon != NULL)
        colon++;
    for (uint32_t index = 1; index < image_count && window_function == NOTHING; index++) {
        const struct image *image = &images[index];
        if (colon != NULL &&
            (strncmp(image->name, name, length) != 0 || image->name[length] != '\0'))
            continue;
        for (uint32_t offset = 1; offset < image->function_count; offset++) {
            if (strcmp(functions[image->first_function + offset].name,
                       colon != NULL ? colon : name) != 0)
                continue;
            window_component = index;
            window_function = image->first_function + offset;
            break;
        }
    }
    if (window_function == NOTHING)
        fail("no image has the function that within= names");
}

__attribute__((visibility("default"))) int
qemu_plugin_install(plugin_id_t id, const void *information, int argument_count, char **arguments)
{
    (void)information;
    const char *window = NULL;
    for (int index = 0; index < argument_count; index++) {
        if (strncmp(arguments[index], "images=", 7) == 0)
            read_images(arguments[index] + 7);
        else if (strncmp(arguments[index], "output=", 7) == 0)
            output_path = strdup(arguments[index] + 7);
        else if (strncmp(arguments[index], "within=", 7) == 0)
            window = arguments[index] + 7;
    }
    if (image_count == 0 || output_path == NULL)
        fail("images= or output= is missing");
    components = calloc(image_count, sizeof *components);
    if (components == NULL)
        fail("out of memory");
    for (uint32_t index = 0; index < image_count; index++)
        components[index].root = new_node(NOTHING, NOTHING);
    if (window != NULL)
        find_window(window);
    current_node = components[UNKNOWN].root;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate_block);
    qemu_plugin_register_atexit_cb(id, write_profile, NULL);
    return 0;
}
