# libsys: rings, formatter, heap, ELF reader, drivers.
quire_host_test(ring SOURCES ring_test.c libsys/ring.c libsys/byte_ring.c)
quire_host_test(format SOURCES format_test.c libsys/format.c)
quire_host_test(elf SOURCES elf_test.c libsys/elf.c libsys/elf_pages.c)

# The ELF reader under libFuzzer: a fixed number of runs as a test; run it longer by hand.
set(fuzz_directory ${CMAKE_SOURCE_DIR}/tests/fuzz)
add_executable(elf_fuzz ${fuzz_directory}/elf_fuzz.c ${CMAKE_SOURCE_DIR}/libsys/elf.c
    ${CMAKE_SOURCE_DIR}/libsys/elf_pages.c)
target_include_directories(elf_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/libsys/include)
target_compile_options(elf_fuzz PRIVATE ${QUIRE_WARNINGS} -fsanitize=fuzzer)
target_link_options(elf_fuzz PRIVATE -fsanitize=fuzzer)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(elf_seeds ${CMAKE_CURRENT_BINARY_DIR}/elf-seeds)
add_custom_command(OUTPUT ${elf_seeds}/separate
    COMMAND ${Python3_EXECUTABLE} ${fuzz_directory}/make_elf_seeds.py ${elf_seeds}
    DEPENDS ${fuzz_directory}/make_elf_seeds.py VERBATIM)
add_custom_target(elf_fuzz_seeds ALL DEPENDS ${elf_seeds}/separate)
add_test(NAME fuzz.elf COMMAND elf_fuzz -runs=200000 -seed=1 -max_len=8192 -verbosity=0 ${elf_seeds})
set_tests_properties(fuzz.elf PROPERTIES LABELS "host;fuzz" TIMEOUT 120)

set(block_drivers libsys/drivers/block_device.c libsys/drivers/ram_disk.c libsys/drivers/delay_disk.c
    libsys/drivers/virtio_blk.c libsys/drivers/virtio_transport.c libsys/drivers/virtqueue.c)
quire_host_test(virtio_blk SOURCES virtio_blk_test.c fake_virtio.c ${block_drivers}
    INCLUDES libsys/drivers)
quire_host_test(block_device SOURCES block_device_test.c fake_mmio.c ${block_drivers}
    INCLUDES libsys/drivers)
quire_host_test(pci SOURCES pci_test.c libsys/drivers/pci.c libsys/drivers/pci_virtio.c)
quire_host_test(heap SOURCES heap_test.c libsys/server/heap.c)

# The console server's logic; its devices are tested in the guest.
quire_host_test(console SOURCES console_test.c user/console/output.c user/console/line.c
    user/console/keymap.c user/console/screen.c user/console/text_display.c
    user/console/pixel_display.c console_font.c libsys/byte_ring.c libsys/server/heap.c
    INCLUDES user/console)
