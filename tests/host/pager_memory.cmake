# Regions, faults, page cache, fork and the memory calls, on the frame half of the pager, all
# compiled once for the tests of this area. fs_job.c is the services' way to the fs-server,
# which msync uses.
list(TRANSFORM pager_frame_sources PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE pager_memory_frames)
list(TRANSFORM pager_policies PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE pager_memory_policies)
set(pager_memory_core)
foreach(name IN ITEMS address_space anonymous fault fault_around fault_states read_ahead file_io file_object file_page
        file_size fork large_fault memory_calls memory_calls_advice memory_calls_break memory_calls_remap memory_calls_sync
        radix_tree region region_balance region_pages region_tree segments thread address_wait user_copy fs_job)
    list(APPEND pager_memory_core ${CMAKE_SOURCE_DIR}/pager/${name}.c)
endforeach()
add_library(host-pager-memory STATIC ${pager_memory_core} ${pager_memory_frames}
    ${pager_memory_policies} ${CMAKE_CURRENT_SOURCE_DIR}/memory_world.c
    ${CMAKE_CURRENT_SOURCE_DIR}/fake_frames.c ${CMAKE_CURRENT_SOURCE_DIR}/fake_kernel.c
    ${CMAKE_CURRENT_SOURCE_DIR}/fake_services.c)
target_include_directories(host-pager-memory PRIVATE ${CMAKE_SOURCE_DIR}/pager
    ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_definitions(host-pager-memory PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1)
target_compile_options(host-pager-memory PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing)

foreach(test IN ITEMS radix region_tree fault fault_around fork file large_page memory_calls memory_random)
    quire_host_test(pager-${test} SOURCES pager_${test}_test.c LIBS host-pager-memory
        INCLUDES pager)
endforeach()
