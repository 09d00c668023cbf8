# The file-system server on a fake disk: promises one by one, random work against a model,
# and a short run of the fuzzer.
file(GLOB fs_server_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fs-server/*.c)
list(REMOVE_ITEM fs_server_sources ${CMAKE_SOURCE_DIR}/fs-server/main.c)
set(fs_test_sources ${fs_server_sources} libsys/ring.c ext2_disk.c ext2_pager.c)

foreach(test IN ITEMS files directories trouble)
    quire_host_test(ext2_${test} SOURCES ext2_${test}_test.c ${fs_test_sources} INCLUDES fs-server)
endforeach()
quire_host_test(ext2_random SOURCES ext2_random_test.c ext2_model.c ${fs_test_sources}
    INCLUDES fs-server)

# Broken images under libFuzzer: a fixed number of runs as a test; run it longer by hand.
add_executable(ext2_fuzz ${CMAKE_SOURCE_DIR}/tests/fuzz/ext2_fuzz.c ${fs_server_sources}
    ${CMAKE_SOURCE_DIR}/libsys/ring.c ext2_disk.c ext2_pager.c)
target_include_directories(ext2_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/fs-server
    ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_definitions(ext2_fuzz PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1)
target_compile_options(ext2_fuzz PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing -fsanitize=fuzzer)
target_link_options(ext2_fuzz PRIVATE -fsanitize=fuzzer)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(ext2_seeds ${CMAKE_CURRENT_BINARY_DIR}/ext2-seeds)
add_custom_command(OUTPUT ${ext2_seeds}/seed-000
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/fuzz/make_ext2_seeds.py ${ext2_seeds}
    DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/make_ext2_seeds.py VERBATIM)
add_custom_target(ext2_fuzz_seeds ALL DEPENDS ${ext2_seeds}/seed-000)
add_test(NAME fuzz.ext2
    COMMAND ext2_fuzz -runs=2500 -seed=1 -max_len=512 -timeout=20 -verbosity=0 ${ext2_seeds})
set_tests_properties(fuzz.ext2 PROPERTIES LABELS "host;fuzz" TIMEOUT 120)
