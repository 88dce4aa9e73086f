-- What the CRM API needs: what integrations keep with a call, whose pages can speak, and lists of millions of calls.

alter table calls
  -- Of whoever began or logged the call; nothing is decided on it.
  add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object');

-- Users with an open page that can speak and hear. Kept by the process that carries the calls over the web, which begins
-- with nobody.
create table softphones (
  workspace_id uuid not null,
  user_id uuid not null,
  -- The process that says so.
  keeper uuid not null,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references users on delete cascade
);
alter table softphones enable row level security;
alter table softphones force row level security;
create policy own_workspace on softphones to ringside_workspace
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on softphones to ringside_workspace;
create policy platform on softphones to ringside_system using (true) with check (true);
grant select, delete on softphones to ringside_system;

-- A provider's id alone finds the call, too: CRM systems say nothing else.
alter table calls
  drop constraint calls_provider_call_id_key,
  add constraint calls_provider_call_id_key unique (provider_call_id, provider, workspace_id);

-- Every list of calls is newest first, from a place on. What is asked for exactly comes first in an index, then the
-- order, then what may be asked for besides: it is checked in the index, without a look at the call.
create index calls_agent_newest on calls (workspace_id, agent_id, started_at desc, id desc, status, direction, queue_id)
  where agent_id is not null;
drop index calls_agent;
create index calls_queue_newest on calls (workspace_id, queue_id, started_at desc, id desc, status, direction, agent_id)
  where queue_id is not null;
drop index calls_queue;
create index calls_from on calls (workspace_id, from_address, started_at desc, id desc) where from_address is not null;
create index calls_to on calls (workspace_id, to_address, started_at desc, id desc) where to_address is not null;
create index calls_direction on calls (workspace_id, direction, started_at desc, id desc, status, queue_id, agent_id);
create index calls_failed on calls (workspace_id, started_at desc, id desc, direction, queue_id, agent_id)
  where status = 'failed';
create index calls_nobodys on calls (workspace_id, started_at desc, id desc, status, direction)
  where agent_id is null and queue_id is null;
