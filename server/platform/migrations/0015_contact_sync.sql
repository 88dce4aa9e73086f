-- Contacts in and out: what else is known of them, who is gone, and who is the same person.

-- Fields that a workspace adds to its contacts. Their values are in contacts.fields, by name.
create table custom_fields (
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,59}$'),
  label text not null,
  type text not null check (type in ('text', 'number', 'date', 'choice', 'boolean')),
  choices text[] not null default '{}',
  on_card boolean not null default false,
  position smallint not null,
  primary key (workspace_id, name)
);
alter table contacts add column fields jsonb not null default '{}';

-- A contact that was merged into another one goes by its old external id, too.
create table contact_aliases (
  workspace_id uuid not null,
  external_id text not null,
  contact_id uuid not null,
  primary key (workspace_id, external_id),
  foreign key (workspace_id, contact_id) references contacts on delete cascade
);
create index contact_aliases_contact on contact_aliases (workspace_id, contact_id);

-- Contacts that are gone, for whoever keeps a copy of them: no more than which, and when.
create table contact_tombstones (
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null,
  external_id text,
  -- Who it has become, where it was not deleted but merged.
  merged_into uuid,
  deleted_at timestamptz not null,
  primary key (workspace_id, contact_id)
);
create index contact_tombstones_deleted on contact_tombstones (workspace_id, deleted_at, contact_id);
create index contact_tombstones_merged on contact_tombstones (workspace_id, merged_into) where merged_into is not null;

-- A trigger, so that no way of deleting a contact can forget it.
create function remember_deleted_contact() returns trigger language plpgsql
set search_path = public, pg_temp as $$
begin
  -- Nothing is remembered of a workspace that goes away itself.
  insert into contact_tombstones (workspace_id, contact_id, external_id, deleted_at)
  select old.workspace_id, old.id, old.external_id, date_trunc('milliseconds', now())
  from workspaces where id = old.workspace_id
  on conflict (workspace_id, contact_id) do nothing;
  return null;
end $$;
create trigger contacts_deleted after delete on contacts
  for each row execute function remember_deleted_contact();

do $$
declare
  table_name text;
begin
  foreach table_name in array array['custom_fields', 'contact_aliases', 'contact_tombstones'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('alter table %I force row level security', table_name);
    execute format('create policy own_workspace on %I to ringside_workspace
      using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', table_name);
    execute format('grant select, insert, update, delete on %I to ringside_workspace', table_name);
  end loop;
end $$;
