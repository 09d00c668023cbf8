# The generators of reference strings, the very sources that the guest runs.
quire_host_test(reference_strings
    SOURCES reference_string_test.c user/workloads/reference_string.c user/workloads/string_kinds.c
        user/workloads/parameters.c user/workloads/zipf.c
    INCLUDES user/workloads LIBS m)
