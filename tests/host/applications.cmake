# The data structures of the workloads that are applications, without the programs around them.
set(workloads user/workloads)
quire_host_test(merge_sort SOURCES merge_sort_test.c ${workloads}/merge_sort.c
    ${workloads}/loser_tree.c INCLUDES ${workloads})
quire_host_test(hash_join SOURCES hash_join_test.c ${workloads}/hash_join.c INCLUDES ${workloads})
quire_host_test(matrix SOURCES matrix_test.c ${workloads}/matrix.c INCLUDES ${workloads})
quire_host_test(b_tree SOURCES b_tree_test.c ${workloads}/b_tree.c ${workloads}/b_tree_remove.c
    ${workloads}/b_tree_check.c INCLUDES ${workloads})
quire_host_test(key_value SOURCES key_value_test.c ${workloads}/key_value_store.c
    ${workloads}/key_value_merge.c ${workloads}/memory_table.c ${workloads}/sorted_run.c
    ${workloads}/bloom_filter.c ${workloads}/loser_tree.c ${workloads}/mapped_file.c
    INCLUDES ${workloads})
