# The file-system server on a fake disk: promises one by one, random work against a model,
# and a short run of the fuzzer.
file(GLOB fs_server_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fs-server/*.c)
list(REMOVE_ITEM fs_server_sources ${CMAKE_SOURCE_DIR}/fs-server/main.c)
set(fs_test_sources ${fs_server_sources} libsys/ring.c ext2_disk.c ext2_pager.c)

quire_host_test(ext2_basic SOURCES ext2_basic_test.c ${fs_test_sources} INCLUDES fs-server)
