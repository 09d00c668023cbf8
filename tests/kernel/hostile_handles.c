/*
 * Attacks with handles: stale, weak, forged, too many.
 */
#include "hostile.h"

static void handles_of_nothing_are_refused(void)
{
    struct message message = {0};
    const uint32_t bad[] = {0, 17000, 0x7fffffff, UINT32_MAX};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EXPECT(sys_call(bad[i], &message), ERROR_BAD_HANDLE);
        EXPECT(sys_notify(bad[i], 1), ERROR_BAD_HANDLE);
        EXPECT(sys_object_destroy(bad[i]), ERROR_BAD_HANDLE);
        EXPECT(sys_handle_close(bad[i]), ERROR_BAD_HANDLE);
        EXPECT(sys_handle_copy(bad[i], 0, RIGHT_ALL, 0, 0), ERROR_BAD_HANDLE);
        EXPECT(sys_thread(bad[i], THREAD_START, 0, 0), ERROR_BAD_HANDLE);
    }
}

static void objects_of_another_type_are_refused(void)
{
    struct message message = {0};
    uint32_t notification = make_object(OBJECT_NOTIFICATION);
    EXPECT(sys_call(notification, &message), ERROR_TYPE);
    EXPECT(sys_notify(BOOT_HANDLE_TASK, 1), ERROR_TYPE);
    EXPECT(sys_thread(BOOT_HANDLE_TASK, THREAD_START, 0, 0), ERROR_TYPE);
    EXPECT(sys_port_in(notification, PORT_IN8, 0x3f8), ERROR_TYPE);
    EXPECT(sys_irq_acknowledge(BOOT_HANDLE_IRQ), ERROR_TYPE);
    EXPECT(sys_object_destroy(BOOT_HANDLE_MEMORY), ERROR_TYPE);
    EXPECT(destroy(notification), KERNEL_OK);
}

static void the_hand_that_feeds_is_not_bitten(void)
{
    EXPECT(sys_object_destroy(BOOT_HANDLE_TASK), ERROR_STATE);
    EXPECT(sys_object_destroy(BOOT_HANDLE_THREAD), ERROR_STATE);
    EXPECT(sys_object_destroy(BOOT_HANDLE_IRQ), ERROR_STATE);
}

static void weak_handles_stay_weak(void)
{
    struct message message = {0};
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    uint32_t weak = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_COPY, 0, 0);
    EXPECT(sys_call(weak, &message), ERROR_RIGHTS);
    EXPECT(sys_wait(weak, &message), ERROR_RIGHTS);
    EXPECT(sys_object_destroy(weak), ERROR_RIGHTS);
    EXPECT(sys_handle_revoke(weak), ERROR_RIGHTS);
    EXPECT(sys_handle_copy(weak, 0, RIGHT_COPY, 77, 0), ERROR_RIGHTS);
    /* A copy has no right that its source has not. */
    int64_t copy = sys_handle_copy(weak, 0, RIGHT_ALL, 0, 0);
    EXPECT(sys_handle_info((uint32_t)copy), OBJECT_ENDPOINT | RIGHT_COPY << 8);
    uint32_t mute = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_SEND, 0, 0);
    EXPECT(sys_handle_copy(mute, 0, RIGHT_SEND, 0, 0), ERROR_RIGHTS);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

static void a_badge_is_set_once(void)
{
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    uint32_t badged = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_ALL, 5, 0);
    EXPECT(sys_handle_copy(badged, 0, RIGHT_ALL, 6, 0), ERROR_RIGHTS);
    EXPECT(sys_handle_copy(badged, 0, RIGHT_ALL, 0, 0) > 0, true);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

static void stale_handles_stay_stale(void)
{
    uint64_t slab = take_frame();
    uint32_t first = (uint32_t)create(OBJECT_NOTIFICATION, 0, 0, slab, 0, 0, 3);
    uint32_t stale = (uint32_t)sys_handle_copy(first, 0, RIGHT_ALL, 0, 0);
    EXPECT(destroy(first), KERNEL_OK);
    EXPECT(sys_notify(stale, 1), ERROR_BAD_HANDLE);
    uint32_t second = (uint32_t)create(OBJECT_NOTIFICATION, 0, 0, slab, 0, 0, 3);
    EXPECT(sys_notify(stale, 1), ERROR_BAD_HANDLE);
    EXPECT(sys_notify(second, 1), KERNEL_OK);
    EXPECT(sys_handle_close(stale), KERNEL_OK);
    EXPECT(sys_handle_close(stale), ERROR_BAD_HANDLE);
    EXPECT(destroy(second), KERNEL_OK);
}

/* The frame of a dead object is ours again, and we write what the kernel looks for into it. */
static void a_forged_object_is_not_believed(void)
{
    uint64_t slab = take_frame();
    uint32_t object = (uint32_t)create(OBJECT_NOTIFICATION, 0, 0, slab, 0, 0, 0);
    uint32_t stale = (uint32_t)sys_handle_copy(object, 0, RIGHT_ALL, 0, 0);
    EXPECT(destroy(object), KERNEL_OK);
    uint64_t *forged = map_scratch(0, slab);
    for (uint64_t id = 1; id < 4096; id++) {
        forged[0] = forged[1] = id;
        if (sys_notify(stale, 1) != ERROR_BAD_HANDLE) {
            EXPECT("the kernel believed a forged id", 0);
            break;
        }
    }
    unmap_scratch(0);
}

static void revoked_handles_are_stale_but_the_revokers(void)
{
    uint32_t notification = make_object(OBJECT_NOTIFICATION);
    uint32_t copy = (uint32_t)sys_handle_copy(notification, 0, RIGHT_ALL, 0, 0);
    EXPECT(sys_handle_revoke(notification), KERNEL_OK);
    EXPECT(sys_notify(copy, 1), ERROR_BAD_HANDLE);
    EXPECT(sys_notify(notification, 1), KERNEL_OK);
    EXPECT(destroy(notification), KERNEL_OK);
}

static void slots_are_not_taken_twice(void)
{
    uint64_t slab = take_frame();
    uint32_t object = (uint32_t)create(OBJECT_ENDPOINT, 0, 0, slab, 0, 0, 0);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, slab, 0, 0, 0), ERROR_OCCUPIED);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, slab, 0, 0, OBJECT_SLOTS), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, slab + 8, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_THREAD, BOOT_HANDLE_TASK, 0, slab, 0, 0, 0), ERROR_FRAME);
    EXPECT(create(OBJECT_MEMORY, 0, 0, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(99, 0, 0, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, 0xfee00000, 0, 0, 1), ERROR_FRAME);
    EXPECT(destroy(object), KERNEL_OK);
}

static void the_table_fills_up_and_grows(void)
{
    struct child child;
    child_make(&child);
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 0), 1);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 1), ERROR_OCCUPIED);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 50), 50);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, HANDLES_PER_FRAME), ERROR_ARGUMENT);
    for (unsigned i = 2; i < HANDLES_PER_FRAME - 1; i++)
        EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 0) > 0, true);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 0), ERROR_NO_SPACE);
    EXPECT(sys_handle_grow(child.task, BOOT_HANDLE_MEMORY, take_frame()), KERNEL_OK);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 0), HANDLES_PER_FRAME);
    EXPECT(sys_handle_close_in(child.task, 50), KERNEL_OK);
    EXPECT(sys_handle_close_in(child.task, 50), ERROR_BAD_HANDLE);
    EXPECT(sys_handle_copy(endpoint, child.task, RIGHT_ALL, 0, 0), 50);
    EXPECT(destroy(endpoint), KERNEL_OK);
    child_end(&child);
}

static void ports_are_cut_never_grown(void)
{
    uint64_t slab = take_frame();
    uint32_t part =
        (uint32_t)create(OBJECT_PORTS, BOOT_HANDLE_PORTS, 0x80 | 2 << 16, slab, 0, 0, 0);
    EXPECT(sys_port_out(part, PORT_OUT8, 0x80, 0), KERNEL_OK);
    EXPECT(sys_port_out(part, PORT_OUT16, 0x80, 0), KERNEL_OK);
    EXPECT(sys_port_out(part, PORT_OUT16, 0x81, 0), ERROR_ARGUMENT);
    EXPECT(sys_port_out(part, PORT_OUT8, 0x82, 0), ERROR_ARGUMENT);
    EXPECT(sys_port_out(part, PORT_OUT8, 0x7f, 0), ERROR_ARGUMENT);
    EXPECT(sys_port_out(part, 7, 0x80, 0), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_PORTS, part, 0x80 | 3 << 16, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_PORTS, part, 0x7f | 1 << 16, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_PORTS, part, 0x80, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(system_call_plain(SYS_PORT, BOOT_HANDLE_PORTS, PORT_IN32, 0xffff, 0, 0, 0).status,
           ERROR_ARGUMENT);
    EXPECT(destroy(part), KERNEL_OK);
}

static void interrupts_need_the_authority(void)
{
    uint64_t slab = take_frame();
    EXPECT(create(OBJECT_IRQ, BOOT_HANDLE_PORTS, IRQ_MSI, slab, 0, 0, 0), ERROR_TYPE);
    uint32_t irq = (uint32_t)create(OBJECT_IRQ, BOOT_HANDLE_IRQ, IRQ_MSI, slab, 0, 0, 0);
    EXPECT((int32_t)irq > 0, true);
    EXPECT(create(OBJECT_IRQ, irq, IRQ_MSI, slab, 0, 0, 1), ERROR_TYPE);
    EXPECT(create(OBJECT_IRQ, BOOT_HANDLE_IRQ, 100000, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_IRQ, BOOT_HANDLE_IRQ, 1ull << 40, slab, 0, 0, 1), ERROR_ARGUMENT);
    EXPECT(sys_irq_acknowledge(irq), ERROR_STATE); /* bound to nothing */
    EXPECT(destroy(irq), KERNEL_OK);
}

const struct hostile_test handle_tests[] = {
    {"handles of nothing are refused", handles_of_nothing_are_refused},
    {"objects of another type are refused", objects_of_another_type_are_refused},
    {"a task does not destroy itself", the_hand_that_feeds_is_not_bitten},
    {"weak handles stay weak", weak_handles_stay_weak},
    {"a badge is set once", a_badge_is_set_once},
    {"stale handles stay stale", stale_handles_stay_stale},
    {"a forged object is not believed", a_forged_object_is_not_believed},
    {"revoked handles are stale, but for the revoker's",
     revoked_handles_are_stale_but_the_revokers},
    {"slots are not taken twice", slots_are_not_taken_twice},
    {"the handle table fills up and grows", the_table_fills_up_and_grows},
    {"ports are cut, never grown", ports_are_cut_never_grown},
    {"interrupts need the authority", interrupts_need_the_authority},
    {NULL, NULL},
};
