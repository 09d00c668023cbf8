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
