# The pages of docs/ agree with the tree.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

foreach(check links every_page_is_linked system_calls options library)
    string(REPLACE "_" "-" name ${check})
    add_test(NAME docs.${name}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tests/docs/check_docs.py ${check})
    set_tests_properties(docs.${name} PROPERTIES LABELS docs TIMEOUT 60)
endforeach()
