-- Who takes a call: agents and what occupies them, queues, offers, flows, business hours, voicemails, callbacks.

-- What an agent is able to do, what it has chosen to be, and its shift (core/agent.ts), so that any process can go on.
alter table agents
  add column skills jsonb not null default '{}',
  add column capacity smallint not null default 1 check (capacity between 1 and 20),
  add column team text,
  -- Where calls reach this agent by telephone, E.164.
  add column phone text,
  add column presence text not null default 'offline' check (presence in ('available', 'busy', 'break', 'offline')),
  add column presence_reason text,
  add column presence_since timestamptz not null default now(),
  add column ready_since timestamptz,
  add column idle_before_ms bigint not null default 0,
  add column idle_from timestamptz,
  add column calls_taken integer not null default 0,
  add column away_since timestamptz default now(),
  add column ready_period integer not null default 0,
  -- When the agent's desk was last known to be open; null: it has not been opened since presence was chosen.
  add column seen_at timestamptz;
create index agents_seen on agents (seen_at) where presence = 'available' and seen_at is not null;

-- Settings as core/queue.ts has them; what is not there is as for a new queue.
alter table queues
  add column settings jsonb not null default '{}',
  -- How long a conversation with its wrap-up takes of late, for honest estimates of the wait.
  add column handle_seconds real,
  -- Where round-robin stands (core/snapshot.ts).
  add column turn jsonb;
alter table queue_agents add column position integer not null default 0;

create table business_hours (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  time_zone text not null,
  weekly jsonb not null default '[]',
  exceptions jsonb not null default '[]',
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint business_hours_name_key unique (workspace_id, name)
);

-- What callers go through. A version never changes: a call finishes on the one that it began with.
create table flows (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  name text not null,
  draft jsonb not null,
  tests jsonb not null default '[]',
  -- Rises with every change of the draft.
  revision integer not null default 1,
  published_version integer,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  constraint flows_name_key unique (workspace_id, name)
);
create table flow_versions (
  workspace_id uuid not null,
  flow_id uuid not null,
  version integer not null check (version >= 1),
  definition jsonb not null,
  published_at timestamptz not null default now(),
  published_by text not null,
  note text,
  primary key (workspace_id, flow_id, version),
  foreign key (workspace_id, flow_id) references flows on delete cascade
);
alter table numbers
  add column flow_id uuid,
  add foreign key (workspace_id, flow_id) references flows on delete set null (flow_id);

-- Where a call is in its flow (core/flowRun.ts); null for calls that others control.
alter table calls
  add column flow jsonb,
  add column queued_at timestamptz,
  -- When an agent took it whose media do not come by telephone.
  add column taken_at timestamptz,
  -- Ended without an agent, in one of the ways that the center itself offers.
  add column diverted_to text check (diverted_to in ('voicemail', 'callback', 'overflowed'));

-- One row per workspace: the lock under which its routing is decided, by one process at a time. Whoever holds it and
-- finds the version that it wrote last may trust what it has in memory; everybody else reads the tables first.
create table routing_heads (
  workspace_id uuid primary key references workspaces on delete cascade,
  version bigint not null default 0,
  -- Rises when queues, agents, flows, hours or numbers have been changed.
  settings_version bigint not null default 0,
  -- The time of the last decision: it never runs backwards, whatever the clocks of the processes say.
  decided_at timestamptz not null default now(),
  -- Higher than every attempt so far.
  next_attempt integer not null default 0,
  -- When something has to be decided next though nothing happens: ringing, waiting, wrap-up is over.
  due_at timestamptz
) with (fillfactor = 20);
create index routing_heads_due on routing_heads (due_at) where due_at is not null;
insert into routing_heads (workspace_id) select id from workspaces;

-- What stands in a line or is with an agent: calls, promised callbacks, voicemails. One row is one place, so nothing
-- stands twice.
create table queue_entries (
  workspace_id uuid not null references workspaces on delete cascade,
  work_id uuid not null,
  kind text not null check (kind in ('call', 'callback', 'voicemail')),
  call_id uuid not null,
  queue_id uuid not null,
  requires jsonb not null default '{}',
  priority smallint not null default 0,
  preferred_agent_id uuid,
  -- What counts for the place in line; a promised callback keeps that of its call.
  enqueued_at timestamptz not null,
  -- When it may not wait any longer; null: as long as it takes.
  overflow_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, work_id),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  foreign key (workspace_id, queue_id) references queues
);
create index queue_entries_queue on queue_entries (workspace_id, queue_id);

-- Every offer ever made, with why it was this agent. It ends once: the outcome is set while it is null.
create table offers (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  kind text not null check (kind in ('call', 'callback', 'voicemail')),
  work_id uuid not null,
  call_id uuid not null,
  queue_id uuid not null,
  agent_id uuid not null,
  -- Offers of one attempt ring together.
  attempt integer not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('accepted', 'rejected', 'timed-out', 'canceled', 'lost-race', 'failed')),
  -- The agent's ready period then: it is not asked again for this work in the same one.
  ready_period integer not null,
  waited_seconds integer not null,
  explanation jsonb,
  primary key (workspace_id, id),
  check ((outcome is null) = (ended_at is null)),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  foreign key (workspace_id, agent_id) references agents on delete cascade
);
-- An agent is asked once at a time for the same work, and of one attempt one accepts.
create unique index offers_live on offers (workspace_id, work_id, agent_id) where outcome is null;
create unique index offers_accepted on offers (workspace_id, work_id, attempt) where outcome = 'accepted';
create index offers_call on offers (workspace_id, call_id, made_at);
create index offers_work on offers (workspace_id, work_id, made_at);

-- What occupies an agent: a live offer, a conversation, a wrap-up; each in a slot of its own.
create table slots (
  workspace_id uuid not null,
  agent_id uuid not null,
  slot smallint not null check (slot between 1 and 20),
  state text not null check (state in ('offered', 'talking', 'wrap-up')),
  kind text not null check (kind in ('call', 'callback', 'voicemail')),
  work_id uuid not null,
  call_id uuid not null,
  queue_id uuid not null,
  offer_id uuid,
  -- When ringing or wrap-up is over.
  until timestamptz,
  primary key (workspace_id, agent_id, slot),
  foreign key (workspace_id, agent_id) references agents on delete cascade,
  foreign key (workspace_id, offer_id) references offers on delete cascade,
  check ((state = 'offered') = (offer_id is not null)),
  check ((state = 'talking') = (until is null))
);
-- Whoever has accepted is the one owner.
create unique index slots_owner on slots (workspace_id, work_id) where state = 'talking';
create unique index slots_offer on slots (workspace_id, offer_id) where offer_id is not null;

-- Messages that callers left: work in their queue until somebody has dealt with them.
create table voicemails (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  call_id uuid not null,
  queue_id uuid not null,
  recording_id text not null,
  recording_url text not null,
  seconds integer not null check (seconds >= 0),
  transcript text,
  status text not null default 'new' check (status in ('new', 'in-progress', 'done')),
  agent_id uuid,
  left_at timestamptz not null,
  primary key (workspace_id, id),
  -- The same recording reported twice is one message.
  constraint voicemails_recording_key unique (workspace_id, call_id, recording_id),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  foreign key (workspace_id, queue_id) references queues,
  foreign key (workspace_id, agent_id) references agents on delete set null (agent_id)
);
create index voicemails_newest on voicemails (workspace_id, left_at desc, id desc);

-- Calls that were promised. Of one call and number there is one promise.
create table callbacks (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  call_id uuid not null,
  queue_id uuid not null,
  number text not null,
  status text not null default 'waiting' check (status in ('waiting', 'in-progress', 'done', 'failed')),
  agent_id uuid,
  -- The call that returns it.
  return_call_id uuid,
  attempts smallint not null default 0,
  promised_at timestamptz not null,
  primary key (workspace_id, id),
  constraint callbacks_call_key unique (workspace_id, call_id),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  foreign key (workspace_id, queue_id) references queues,
  foreign key (workspace_id, agent_id) references agents on delete set null (agent_id),
  foreign key (workspace_id, return_call_id) references calls on delete set null (return_call_id)
);
create index callbacks_newest on callbacks (workspace_id, promised_at desc, id desc);
-- A number that waits to be called back is not promised a second time.
create unique index callbacks_waiting on callbacks (workspace_id, number) where status in ('waiting', 'in-progress');

-- What a provider is to be asked, written with the turn that wants it and deleted when it is done: a crash in between
-- loses nothing, and whoever finds it after `due_at` goes on.
create table provider_commands (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  call_id uuid not null,
  provider text not null,
  command jsonb not null,
  attempts smallint not null default 0,
  due_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, call_id) references calls on delete cascade
);
create index provider_commands_due on provider_commands (due_at);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['business_hours', 'flows', 'flow_versions', 'routing_heads', 'queue_entries', 'offers',
    'slots', 'voicemails', 'callbacks', 'provider_commands'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;

-- The alarm clock looks across workspaces, for times only.
create policy platform on routing_heads to ringside_system using (true) with check (true);
grant select, insert on routing_heads to ringside_system;
create policy platform on provider_commands for select to ringside_system using (true);
grant select (workspace_id, due_at) on provider_commands to ringside_system;
