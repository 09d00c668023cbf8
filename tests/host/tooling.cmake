# The Python parts of scripts/, and the checks of the sources.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

file(GLOB python_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/scripts/test_*.py)
foreach(path IN LISTS python_tests)
    cmake_path(GET path STEM name)
    string(REPLACE "test_" "" name ${name})
    add_test(NAME scripts.${name} COMMAND ${Python3_EXECUTABLE} -B ${path})
    set_tests_properties(scripts.${name} PROPERTIES LABELS scripts TIMEOUT 120)
endforeach()

foreach(check format tidy cppcheck)
    add_test(NAME lint.${check}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/scripts/quire lint --no-build ${check})
    set_tests_properties(lint.${check} PROPERTIES LABELS lint TIMEOUT 1500)
endforeach()
