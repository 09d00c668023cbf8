# The pager's services: options, descriptors, the fs client, the console.
set(services_common tests/host/pager_services_fake.c pager/wait.c)
quire_host_test(pager_option SOURCES pager_option_test.c pager/option.c ${services_common}
    INCLUDES pager)
quire_host_test(pager_descriptor SOURCES pager_descriptor_test.c pager/descriptor.c
    pager/open_file.c ${services_common} INCLUDES pager)
quire_host_test(pager_fs_client SOURCES pager_fs_client_test.c pager/fs_client.c libsys/ring.c
    ${services_common} INCLUDES pager)
quire_host_test(pager_console SOURCES pager_console_test.c pager/console_output.c
    pager/console_input.c libsys/byte_ring.c libsys/format.c ${services_common} INCLUDES pager)
