-- API keys in rotation, what each has asked for this hour, and the answers that are kept for repeated requests.

alter table api_keys
  -- The secret before the last rotation, in force beside the present one until then.
  add column previous_hash bytea unique,
  add column previous_hint text,
  add column previous_until timestamptz,
  add column previous_used_at timestamptz,
  add constraint api_keys_previous check ((previous_hash is null) = (previous_until is null)),
  -- The operator's exception to API_REQUESTS_PER_HOUR.
  add column requests_per_hour integer check (requests_per_hour > 0);

-- How many requests of its hour each process has taken from a key's budget, used or not (core/budget.ts).
create table api_key_usage (
  workspace_id uuid not null references workspaces on delete cascade,
  -- Also the operator's, which is in no table.
  key_id uuid not null,
  surface text not null check (surface in ('crm', 'product')),
  started_at timestamptz not null,
  taken integer not null check (taken >= 0),
  primary key (workspace_id, key_id, surface)
) with (fillfactor = 50); -- a few small rows that are updated all the time

-- The first answer to each idempotency key. Without an answer: the request is running, or its server has died.
create table idempotent_requests (
  workspace_id uuid not null references workspaces on delete cascade,
  -- Whose key it is: two callers may choose the same one.
  principal text not null,
  operation text not null,
  key text not null,
  -- SHA-256 of what was asked: another request under the same key is a mistake.
  request_hash bytea not null,
  -- Whoever holds this may answer; from `lease_until` on somebody else may take over.
  holder uuid not null,
  lease_until timestamptz not null,
  status smallint,
  -- The body, sealed: it holds personal data, and sometimes a secret that is shown once.
  answer bytea,
  expires_at timestamptz not null,
  primary key (workspace_id, principal, operation, key),
  check ((status is null) = (answer is null))
);
create index idempotent_requests_expiry on idempotent_requests (expires_at);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['api_key_usage', 'idempotent_requests'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
-- What has expired goes, whosever it was.
create policy platform on idempotent_requests to ringside_system using (true);
grant select (expires_at), delete on idempotent_requests to ringside_system;
