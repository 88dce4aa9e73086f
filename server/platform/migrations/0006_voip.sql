-- Calls between people at their browsers: users of the CRM and customers in the portal.

-- Who takes part besides the users that have a `supabase_user_id`.
create table participants (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null,
  -- The `sub` of this person's bearer tokens, which name no workspace.
  supabase_user_id text not null constraint participants_supabase_user_id_key unique,
  type text not null check (type in ('CRM_USER', 'PORTAL_CUSTOMER')),
  first_name text not null,
  last_name text not null,
  email text not null,
  role text,
  phone text,
  -- Who this customer is among the contacts.
  contact_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, contact_id) references contacts on delete set null (contact_id)
);

create table voip_calls (
  workspace_id uuid not null references workspaces on delete cascade,
  -- Also the provider's id of the call in `calls`.
  room_name text not null constraint voip_calls_room_name_key unique,
  id uuid not null,
  provider text not null check (provider in ('builtin', 'livekit')),
  from_id uuid not null,
  to_id uuid not null,
  -- Both as they were called then (core/voipCall.ts): a call stays when a participant goes.
  from_party jsonb not null,
  to_party jsonb not null,
  status text not null check (status in ('RINGING', 'IN_PROGRESS', 'COMPLETED', 'MISSED', 'DECLINED', 'FAILED')),
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  -- When it ends by itself.
  due_at timestamptz,
  connections jsonb not null default '[]',
  -- As which of these the call in `calls` stands; it follows in a transaction of its own.
  told_status text,
  changed_at timestamptz not null default now(),
  primary key (workspace_id, room_name),
  check (from_id <> to_id),
  check ((status in ('RINGING', 'IN_PROGRESS')) = (ended_at is null)),
  check ((ended_at is null) = (due_at is not null))
);
create index voip_calls_from on voip_calls (workspace_id, from_id, started_at desc, id desc);
create index voip_calls_to on voip_calls (workspace_id, to_id, started_at desc, id desc);
create index voip_calls_due on voip_calls (due_at) where due_at is not null;
create index voip_calls_untold on voip_calls (changed_at) where told_status is distinct from status;

-- Who is on a call just now: nobody is on two.
create table voip_lines (
  workspace_id uuid not null,
  participant_id uuid not null,
  room_name text not null,
  primary key (workspace_id, participant_id),
  foreign key (workspace_id, room_name) references voip_calls on delete cascade
);
create index voip_lines_room on voip_lines (workspace_id, room_name);

-- What this installation signs with, made on first use and shared by all its processes (platform/secrets.ts).
create table server_secrets (
  name text primary key,
  secret bytea not null check (octet_length(secret) >= 32),
  created_at timestamptz not null default now()
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['participants', 'voip_calls', 'voip_lines'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
alter table server_secrets enable row level security;
alter table server_secrets force row level security;
create policy platform on server_secrets to ringside_system using (true) with check (true);
grant select, insert on server_secrets to ringside_system;
-- Of whom a token is; and where something is due.
create policy platform on participants for select to ringside_system using (true);
grant select on participants to ringside_system;
create policy platform on voip_calls for select to ringside_system using (true);
grant select (workspace_id, room_name, due_at, status, told_status, changed_at) on voip_calls to ringside_system;

-- Everybody who takes part, under the rights of whoever asks. A participant who is also a user has its desk.
create view voip_people with (security_invoker = true) as
  select p.workspace_id, p.id, p.supabase_user_id, p.type, p.first_name, p.last_name, p.email, p.role, p.phone,
    p.contact_id, a.id as agent_id, u.disabled_at is not null as disabled
  from participants p
  left join users u on u.workspace_id = p.workspace_id and u.supabase_user_id = p.supabase_user_id
  left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id
  union all
  select u.workspace_id, u.id, u.supabase_user_id, 'CRM_USER', split_part(u.name, ' ', 1),
    trim(substr(u.name, length(split_part(u.name, ' ', 1)) + 1)), u.email, upper(u.role), null,
    null, a.id, u.disabled_at is not null
  from users u
  left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id
  where u.supabase_user_id is not null
    and not exists (select from participants p where p.supabase_user_id = u.supabase_user_id);
grant select on voip_people to ringside_workspace, ringside_system;
