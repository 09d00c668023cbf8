# The kernel core on the build machine, over a fake of the machine: an arena stands for
# physical memory, and test memory for the current address space.
file(GLOB kernel_core CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/*.c)
add_library(host-kernel-core STATIC kernel_fake_machine.c ${kernel_core})
target_include_directories(host-kernel-core PUBLIC
    ${CMAKE_SOURCE_DIR}/kernel ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_definitions(host-kernel-core PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1)
target_compile_options(host-kernel-core PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing)
target_link_libraries(host-kernel-core PUBLIC cmocka)

foreach(name frame_table handle page_batch message timer random_calls)
    quire_host_test(kernel_${name} SOURCES kernel_${name}_test.c LIBS host-kernel-core)
endforeach()
