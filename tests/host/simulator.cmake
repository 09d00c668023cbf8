# The simulator under the sanitizers, the fuzzer of its readers, and the program itself on a
# real trace.
file(GLOB simulator_tested CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/pager/simulator/*.c)
list(REMOVE_ITEM simulator_tested ${CMAKE_SOURCE_DIR}/pager/simulator/main.c)
file(GLOB simulator_tested_policies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/pager/policy/*.c)
add_library(host-simulator STATIC ${simulator_tested} ${simulator_tested_policies})
target_include_directories(host-simulator PUBLIC
    ${CMAKE_SOURCE_DIR}/pager ${CMAKE_SOURCE_DIR}/pager/simulator ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_definitions(host-simulator PUBLIC _GNU_SOURCE
    TRACE_PATH="${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.txt.zst")
target_compile_options(host-simulator PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing)
find_package(ZLIB REQUIRED)
target_link_libraries(host-simulator PUBLIC ZLIB::ZLIB zstd m pthread)

foreach(test IN ITEMS core readers replay)
    quire_host_test(simulator_${test} SOURCES simulator_${test}_test.c LIBS host-simulator)
endforeach()

# Broken traces under libFuzzer: a fixed number of runs as a test; run it longer by hand.
add_executable(trace_fuzz ${CMAKE_SOURCE_DIR}/tests/fuzz/trace_fuzz.c ${simulator_tested}
    ${simulator_tested_policies})
target_include_directories(trace_fuzz PRIVATE
    ${CMAKE_SOURCE_DIR}/pager ${CMAKE_SOURCE_DIR}/pager/simulator ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_definitions(trace_fuzz PRIVATE QUIRE_HOST=1 QUIRE_DEBUG=1 _GNU_SOURCE)
target_compile_options(trace_fuzz PRIVATE ${QUIRE_WARNINGS} -fno-strict-aliasing -fsanitize=fuzzer)
target_link_options(trace_fuzz PRIVATE -fsanitize=fuzzer)
target_link_libraries(trace_fuzz PRIVATE ZLIB::ZLIB zstd m pthread)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(trace_seeds ${CMAKE_CURRENT_BINARY_DIR}/trace-seeds)
add_custom_command(OUTPUT ${trace_seeds}/text
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/fuzz/make_trace_seeds.py ${trace_seeds}
    DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/make_trace_seeds.py VERBATIM)
add_custom_target(trace_fuzz_seeds ALL DEPENDS ${trace_seeds}/text)
add_test(NAME fuzz.trace COMMAND trace_fuzz -runs=20000 -seed=1 -max_len=4096 -timeout=20
    -verbosity=0 ${trace_seeds})
set_tests_properties(fuzz.trace PROPERTIES LABELS "host;fuzz" TIMEOUT 120)

add_test(NAME simulator.misses COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_SOURCE_DIR}/tests/traces/check_misses.py $<TARGET_FILE:quire-sim>
    ${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.txt.zst
    ${CMAKE_SOURCE_DIR}/tests/traces/cloudphysics-io.csv)
set_tests_properties(simulator.misses PROPERTIES LABELS host TIMEOUT 300)
