/*
 * Exceptions of programs: the queries of the Pintos library, and death for the rest.
 *
 * `int $N` from ring 3 at a gate that it may not use is a general-protection fault with the
 * IDT bit in its error code (SDM volume 3, section 6.13). Which vector it was is read from the
 * instruction: QEMU up to 7.2 puts the vector times 16 there in 64-bit mode, processors put it
 * times 8. The library's queries are such instructions; they keep every register but rax.
 */
#include "address_space.h"
#include "dispatch.h"
#include "services.h"
#include "statistics.h"

#define VECTOR_STACK 12 /* an address that is not canonical, through rsp or rbp */
#define VECTOR_GENERAL_PROTECTION 13
#define ERROR_CODE_IDT 2u
#define INSTRUCTION_INTERRUPT 0xcd /* INT imm8 */
#define QUERY_PHYSICAL_ADDRESS 0x42
#define QUERY_SECTORS_READ 0x43
#define QUERY_SECTORS_WRITTEN 0x44

static enum request_status kill(struct request *request)
{
    uint32_t vector = TAG_LABEL(request->message.tag);
    bool protection = vector == VECTOR_STACK || vector == VECTOR_GENERAL_PROTECTION;
    process_die(request->space, protection ? DEATH_PROTECTION : DEATH_EXCEPTION, vector,
                request->message.words[EXCEPTION_IP]);
    return REQUEST_DONE;
}

static enum request_status answer_query(struct request *request, uint8_t number)
{
    uint64_t *words = request->message.words;
    switch (number) {
    case QUERY_PHYSICAL_ADDRESS:
        /* As the call would have it: the address in word 0. It never parks. */
        words[0] = words[EXCEPTION_RAX];
        return memory_physical_step(request);
    case QUERY_SECTORS_READ: request->value[0] = disk_sectors_read(); return REQUEST_DONE;
    case QUERY_SECTORS_WRITTEN: request->value[0] = disk_sectors_written(); return REQUEST_DONE;
    default: return kill(request);
    }
}

enum request_status exception_step(struct request *request)
{
    uint8_t instruction[EXCEPTION_QUERY_BYTES];
    if (TAG_LABEL(request->message.tag) != VECTOR_GENERAL_PROTECTION ||
        !(request->message.words[EXCEPTION_ERROR_CODE] & ERROR_CODE_IDT))
        return kill(request);
    switch (user_copy_in(request, request->space, request->message.words[EXCEPTION_IP], instruction,
                         sizeof instruction, &request->progress)) {
    case COPY_PARKED:
        /* The bytes are taken together, so that nothing is kept between the runs. */
        request->progress = 0;
        return REQUEST_PARKED;
    case COPY_FAULT: return kill(request);
    case COPY_DONE: break;
    }
    if (instruction[0] != INSTRUCTION_INTERRUPT)
        return kill(request);
    return answer_query(request, instruction[1]);
}
