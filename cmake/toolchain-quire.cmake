# Clang, LLD and NASM for the freestanding x86-64 target.
#
# ld.lld is run directly: Clang's driver would call a host gcc to link for this target.
# So link options are the linker's own (`-T script`), without `-Wl,`.
set(QUIRE_TOOLCHAIN TRUE)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET x86_64-unknown-none-elf)
set(CMAKE_ASM_NASM_COMPILER nasm)
set(CMAKE_ASM_NASM_OBJECT_FORMAT elf64)
find_program(CMAKE_LINKER NAMES ld.lld ld.lld-14 REQUIRED)
find_program(CMAKE_AR NAMES llvm-ar llvm-ar-14 REQUIRED)
find_program(CMAKE_RANLIB NAMES llvm-ranlib llvm-ranlib-14 REQUIRED)

# There is no C library to link a test program with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_LINK_EXECUTABLE
    "<CMAKE_LINKER> <LINK_FLAGS> -o <TARGET> <OBJECTS> --start-group <LINK_LIBRARIES> --end-group")
