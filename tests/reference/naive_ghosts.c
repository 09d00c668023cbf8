/* Models of ARC and CAR. */
#include "naive.h"

#include <string.h>

static struct row once, often, ghost_once, ghost_often;
static size_t target; /* for `once` */
static bool used_by_call[NAIVE_PAGES];

static void arc_begin(void)
{
    once.count = often.count = ghost_once.count = ghost_often.count = 0;
    target = 0;
    memset(used_by_call, 0, sizeof used_by_call);
}

static void trim(void)
{
    while (ghost_once.count > 0 && (size_t)(once.count + ghost_once.count) > naive_capacity)
        row_take(&ghost_once, 0);
    while (ghost_often.count > 0 && (size_t)(once.count + often.count + ghost_once.count +
                                             ghost_often.count) > 2 * naive_capacity)
        row_take(&ghost_often, 0);
}

static void arc_resize(void)
{
    target = target < naive_capacity ? target : naive_capacity;
    trim();
}

static int at_least_one(int quotient)
{
    return quotient > 1 ? quotient : 1;
}

static void arc_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    bool was_once = row_drop(&ghost_once, page), was_often = row_drop(&ghost_often, page);
    int a = at_least_one(ghost_once.count), b = at_least_one(ghost_often.count);
    bool again = why == POLICY_REFAULT && (was_once || was_often);
    if (again && was_once)
        target += (size_t)at_least_one(ghost_often.count / a);
    if (target > naive_capacity)
        target = naive_capacity;
    if (again && was_often) {
        size_t step = (size_t)at_least_one(ghost_once.count / b);
        target = target > step ? target - step : 0;
    }
    used_by_call[page] = false;
    row_append(again ? &often : &once, page);
    trim();
}

static void arc_use(int page)
{
    row_drop(&once, page);
    row_drop(&often, page);
    row_append(&often, page);
}

static void arc_remove(int page, enum policy_remove_why why)
{
    bool was_once = row_drop(&once, page);
    row_drop(&often, page);
    if (why != POLICY_EVICTED)
        return;
    if ((size_t)(ghost_once.count + ghost_often.count) == naive_capacity_ever)
        row_take(ghost_often.count > ghost_once.count ? &ghost_often : &ghost_once, 0);
    row_append(was_once ? &ghost_once : &ghost_often, page);
    trim();
}

static int arc_choose(void)
{
    for (;;) {
        bool from_once = once.count > 0 && ((size_t)once.count > target || often.count == 0);
        int page = from_once ? once.page[0] : often.page[0];
        if (!naive_looked(page))
            return page;
        arc_use(page);
    }
}

static size_t name(size_t want, int *out, int (*choose)(void))
{
    bool from_once[POLICY_VICTIMS_MAX] = {0};
    size_t count = 0;
    while (count < want && once.count + often.count > 0) {
        out[count] = choose();
        from_once[count] = row_drop(&once, out[count]);
        row_drop(&often, out[count]);
        count++;
    }
    for (size_t i = count; i-- > 0;)
        row_insert(from_once[i] ? &once : &often, 0, out[i]);
    return count;
}

static size_t arc_victims(size_t want, int *out)
{
    return name(want, out, arc_choose);
}

static void arc_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED) {
        arc_use(page);
    } else if (naive_stays(what)) {
        row_to_end(&once, page);
        row_to_end(&often, page);
    }
}

const struct naive_model naive_arc = {"arc",      arc_begin,   arc_resize,  arc_insert, arc_use,
                                      arc_remove, arc_victims, arc_outcome, NULL};

static void car_use(int page)
{
    used_by_call[page] = true;
}

static int car_choose(void)
{
    for (;;) {
        bool from_once =
            once.count > 0 && (often.count == 0 || (size_t)once.count >= (target > 1 ? target : 1));
        int page = from_once ? once.page[0] : often.page[0];
        bool used = naive_looked(page) || used_by_call[page];
        used_by_call[page] = false;
        if (!used)
            return page;
        arc_use(page);
    }
}

static size_t car_victims(size_t want, int *out)
{
    return name(want, out, car_choose);
}

static void car_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        used_by_call[page] = true;
    if (naive_stays(what)) {
        row_to_end(&once, page);
        row_to_end(&often, page);
    }
}

const struct naive_model naive_car = {"car",      arc_begin,   arc_resize,  arc_insert, car_use,
                                      arc_remove, car_victims, car_outcome, NULL};
