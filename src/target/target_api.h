/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_API_H
#define THRONG_TARGET_TARGET_API_H

struct call;
struct target;

/* The procedure's API: handlers of the route table. Each ends the call with an answer. */
void target_api_init(struct target *target);
void target_api_fini(struct target *target);

void api_root(struct call *call);
void api_health(struct call *call);
void api_login(struct call *call);

void api_create_deployment(struct call *call);
void api_list_deployments(struct call *call);
void api_get_deployment(struct call *call);

void api_list_pending(struct call *call);
/* Without row locks: looks at the approval when the work begins. */
void api_claim(struct call *call);
void api_approve(struct call *call);
void api_reject(struct call *call);

void api_publish(struct call *call);
void api_connector_status(struct call *call);
void api_remediate(struct call *call);

#endif
