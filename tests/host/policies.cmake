# The policies alone, against their naive models.
file(GLOB reference_models RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/tests/reference/*.c)
file(GLOB reference_policies RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/pager/policy/*.c)
quire_host_test(policy-reference
    SOURCES policy_reference_test.c ${reference_models} ${reference_policies}
    INCLUDES pager/policy tests/reference)
quire_host_test(policy-adaptive SOURCES policy_adaptive_test.c ${reference_policies}
    INCLUDES pager/policy)

# The tutorial's policy, taken from the page that shows it, makes SIEVE's choices.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(tutorial ${CMAKE_SOURCE_DIR}/docs/policy-tutorial.md)
set(tutorial_policy ${CMAKE_CURRENT_BINARY_DIR}/my_sieve.c)
add_custom_command(OUTPUT ${tutorial_policy}
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/extract_code.py
        ${tutorial} ${tutorial_policy}
    DEPENDS ${tutorial} ${CMAKE_CURRENT_SOURCE_DIR}/extract_code.py
    VERBATIM)
quire_host_test(policy-tutorial
    SOURCES policy_reference_test.c policy_tutorial_table.c ${reference_models} ${tutorial_policy}
    INCLUDES pager/policy tests/reference)
