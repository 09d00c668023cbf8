# Frames, groups, policies, eviction and swap. The memory core around them is frames_world.c.
set(pager_frame_sources
    pager/accessed.c pager/background.c pager/donation.c pager/eviction.c pager/frame_pool.c
    pager/frame_statistics.c pager/group.c pager/large_page.c pager/mapping.c pager/memory_boot.c
    pager/operation_batch.c pager/page.c pager/page_allocation.c pager/page_table.c pager/policy_core.c
    pager/containment.c pager/hook_call.c pager/policy_call.c pager/policy_events.c pager/policy_instance.c pager/policy_memory.c pager/policy_switch.c
    pager/slab.c pager/swap_io.c pager/swap_map.c pager/swap_ram.c pager/trace.c
    pager/wait.c pager/window.c pager/wired_map.c pager/writeback.c libsys/format.c)
file(GLOB pager_policies RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/pager/policy/*.c)
set(pager_fakes fake_frames.c fake_kernel.c fake_services.c)

foreach(test IN ITEMS frames swap policy policy_task eviction trace)
    quire_host_test(pager-${test}
        SOURCES pager_${test}_test.c frames_world.c ${pager_fakes} ${pager_frame_sources}
            ${pager_policies}
        INCLUDES pager)
endforeach()
