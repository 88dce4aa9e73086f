-- Webhooks to CRMs: who is told, and what has become of each telling (server/webhooks).

create table webhook_endpoints (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  url text not null,
  -- What it is told of (core/webhook.ts).
  types text[] not null,
  -- The bearer token that it is sent and the bytes that sign, each in an envelope.
  token bytea,
  token_hint text,
  secret bytea not null,
  -- The one before signs as well until then.
  previous_secret bytea,
  previous_until timestamptz,
  enabled boolean not null default true,
  -- Why, in words, where nobody has turned it off.
  disabled_reason text,
  -- A reader of the event log: everything up to here has become deliveries, or was none of its business.
  cursor bigint not null,
  -- Since when no attempt has succeeded; null: the last one has, or there was none.
  failing_since timestamptz,
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (workspace_id, id),
  check ((token is null) = (token_hint is null)),
  check ((previous_secret is null) = (previous_until is null))
) with (fillfactor = 50); -- the cursor moves with every event: keep a row's versions on its own page

create table webhook_deliveries (
  workspace_id uuid not null,
  -- Ascends with time, and is the message id that the endpoint sees, however often it is sent.
  id uuid not null,
  endpoint_id uuid not null,
  -- The event that it tells of. What is said is made of it when it is sent. Null: a test.
  seq bigint,
  type text not null,
  -- Deliveries of one key go out one after the other: the call, contact or request that they are about.
  key text not null,
  call_id uuid,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- When it is attempted next. All that are pending of one key have the same time, or one that has passed.
  due_at timestamptz not null,
  -- Somebody is attempting it; whoever does has died if it is still so then.
  claimed_until timestamptz,
  attempts smallint not null default 0,
  -- Of the attempts that count: replaying begins anew.
  first_attempt_at timestamptz,
  -- How each attempt went, oldest first: the newest fifty (server/webhooks/deliveryStore.ts, Attempt).
  history jsonb not null default '[]',
  last_status smallint,
  latency_ms integer,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, endpoint_id) references webhook_endpoints on delete cascade,
  check ((status = 'pending') = (ended_at is null))
);
create unique index webhook_deliveries_event on webhook_deliveries (workspace_id, endpoint_id, seq);
create index webhook_deliveries_due on webhook_deliveries (workspace_id, endpoint_id, due_at, seq) where status = 'pending';
create index webhook_deliveries_key on webhook_deliveries (workspace_id, endpoint_id, key, seq) where status = 'pending';
create index webhook_deliveries_endpoint on webhook_deliveries (workspace_id, endpoint_id, id);
create index webhook_deliveries_failed on webhook_deliveries (workspace_id, endpoint_id, id) where status = 'failed';
create index webhook_deliveries_call on webhook_deliveries (workspace_id, call_id, id) where call_id is not null;
create index webhook_deliveries_ended on webhook_deliveries (ended_at) where ended_at is not null;

-- What is set for the calls of a workspace, by the names of the CRM API.
create table call_settings (
  workspace_id uuid primary key references workspaces on delete cascade,
  -- The endpoint that `crm_webhook_url` and `crm_webhook_token` are about.
  crm_endpoint_id uuid,
  foreign key (workspace_id, crm_endpoint_id) references webhook_endpoints on delete set null (crm_endpoint_id)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['webhook_endpoints', 'webhook_deliveries', 'call_settings'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;

-- Which endpoints have something to be sent, and what is so old that it goes: no more is seen across workspaces.
create policy platform on webhook_endpoints for select to ringside_system using (true);
grant select (workspace_id, id, enabled, cursor) on webhook_endpoints to ringside_system;
create policy platform on webhook_deliveries to ringside_system using (true);
grant select (workspace_id, id, endpoint_id, status, due_at, claimed_until, ended_at), delete on webhook_deliveries
  to ringside_system;
