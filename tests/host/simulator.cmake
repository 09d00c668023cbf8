# The simulator under the sanitizers, the fuzzer of its readers, and the program itself on a
# real trace.
file(GLOB simulator_tested CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/pager/simulator/*.c)
list(REMOVE_ITEM simulator_tested ${CMAKE_SOURCE_DIR}/pager/simulator/main.c)
set(workloads ${CMAKE_SOURCE_DIR}/user/workloads)
list(APPEND simulator_tested ${workloads}/reference_string.c ${workloads}/string_kinds.c
    ${workloads}/parameters.c ${workloads}/zipf.c)
file(GLOB simulator_tested_policies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/pager/policy/*.c)
add_library(host-simulator STATIC ${simulator_tested} ${simulator_tested_policies})
target_include_directories(host-simulator PUBLIC
    ${CMAKE_SOURCE_DIR}/pager ${CMAKE_SOURCE_DIR}/pager/simulator ${CMAKE_SOURCE_DIR}/libsys/include
    ${workloads})
target_compile_definitions(host-simulator PUBLIC _GNU_SOURCE
    TRACE_PATH="${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.txt.zst")
target_compile_options(host-simulator PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing)
find_package(ZLIB REQUIRED)
target_link_libraries(host-simulator PUBLIC ZLIB::ZLIB zstd m pthread)

foreach(test IN ITEMS core readers replay)
    quire_host_test(simulator_${test} SOURCES simulator_${test}_test.c LIBS host-simulator)
endforeach()

# Broken traces under libFuzzer: a fixed number of runs as a test; run it longer by hand.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(fuzzed IN ITEMS trace replay)
    add_executable(${fuzzed}_fuzz ${CMAKE_SOURCE_DIR}/tests/fuzz/${fuzzed}_fuzz.c ${simulator_tested}
        ${simulator_tested_policies})
    target_include_directories(${fuzzed}_fuzz PRIVATE
        ${CMAKE_SOURCE_DIR}/pager ${CMAKE_SOURCE_DIR}/pager/simulator ${CMAKE_SOURCE_DIR}/libsys/include
        ${workloads})
    target_compile_definitions(${fuzzed}_fuzz PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1 _GNU_SOURCE)
    target_compile_options(${fuzzed}_fuzz PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing
        -fsanitize=fuzzer)
    target_link_options(${fuzzed}_fuzz PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${fuzzed}_fuzz PRIVATE ZLIB::ZLIB zstd m pthread)
    set(seeds ${CMAKE_CURRENT_BINARY_DIR}/${fuzzed}-seeds)
    add_custom_command(OUTPUT ${seeds}.made
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/fuzz/make_trace_seeds.py ${fuzzed} ${seeds}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${seeds}.found
        COMMAND ${CMAKE_COMMAND} -E touch ${seeds}.made
        DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/make_trace_seeds.py VERBATIM)
    add_custom_target(${fuzzed}_fuzz_seeds ALL DEPENDS ${seeds}.made)
    add_test(NAME fuzz.${fuzzed} COMMAND ${fuzzed}_fuzz -runs=20000 -seed=1 -max_len=4096 -timeout=20
        -verbosity=0 ${seeds}.found ${seeds})
    set_tests_properties(fuzz.${fuzzed} PROPERTIES LABELS "host;fuzz" TIMEOUT 120)
endforeach()

add_test(NAME simulator.misses COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_SOURCE_DIR}/tests/traces/check_misses.py $<TARGET_FILE:quire-sim>
    ${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.txt.zst
    ${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.csv)
set_tests_properties(simulator.misses PROPERTIES LABELS host TIMEOUT 300)
