# quire_c: the C library with the POSIX names.
add_library(quire_c STATIC
    ${shared_sources}
    standard.c lock.c thread.c mutex.c environment.c malloc.c more_strings.c stream.c print.c
    files.c mappings.c processes.c paging_group.c directory.c)
target_include_directories(quire_c PUBLIC ${CMAKE_SOURCE_DIR}/libsys/c/include)
target_link_libraries(quire_c PUBLIC quire_flags PRIVATE quire_warnings)
target_compile_options(quire_c PRIVATE $<$<COMPILE_LANGUAGE:C>:-fno-builtin>)
