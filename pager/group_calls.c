/*
 * init's calls about paging groups.
 */
#include "address_space.h"
#include "dispatch.h"
#include "memory.h"
#include "policy_core.h"
#include "services.h"

#include <quire/errno.h>

static struct group *find_group(const struct request *request)
{
    uint64_t id = request->message.words[0];
    return id <= UINT32_MAX ? group_by_id((uint32_t)id) : NULL;
}

enum request_status group_create_step(struct request *request)
{
    int32_t error = 0;
    struct group *group = group_create(request->message.words[0], request->message.words[1],
                                       option_text("policy"), &error);
    if (group == NULL)
        return request_done(request, error);
    request->value[0] = group_id(group);
    return request_done(request, 0);
}

enum request_status group_destroy_step(struct request *request)
{
    struct group *group = find_group(request);
    return request_done(request, group != NULL ? group_destroy(group) : -ESRCH);
}

enum request_status group_set_limit_step(struct request *request)
{
    struct group *group = find_group(request);
    if (group == NULL)
        return request_done(request, -ESRCH);
    return request_done(
        request, group_set_limit(group, request->message.words[1], request->message.words[2]));
}

enum request_status group_set_policy_step(struct request *request)
{
    char text[POLICY_TEXT_BYTES];
    struct group *group = find_group(request);
    uint64_t length = request->message.words[2], progress = 0;
    if (group == NULL)
        return request_done(request, -ESRCH);
    if (length > sizeof text)
        return request_done(request, -E2BIG);
    if (user_copy_in(request, request->space, request->message.words[1], text, length, &progress) !=
        COPY_DONE)
        return request_done(request, -EFAULT);
    return request_done(request, group_set_policy(group, text, length));
}

enum request_status group_set_option_step(struct request *request)
{
    struct group *group = find_group(request);
    if (group == NULL)
        return request_done(request, -ESRCH);
    if (request->message.words[1] > UINT32_MAX)
        return request_done(request, -EINVAL);
    return request_done(request, group_set_option(group, (uint32_t)request->message.words[1],
                                                  request->message.words[2]));
}
