-- Hours that are changed from elsewhere are known by their id: their name is for people, who may change it.

alter table call_settings
  -- What `business_hours` and `time_zone` are about.
  add column hours_id uuid,
  add foreign key (workspace_id, hours_id) references business_hours on delete set null (hours_id);
alter table queues
  -- What a department has for itself, and changes. Which hours it keeps is `hoursId` in its settings.
  add column own_hours_id uuid,
  add constraint queues_own_hours_key unique (workspace_id, own_hours_id),
  add foreign key (workspace_id, own_hours_id) references business_hours on delete set null (own_hours_id);

-- They have been known by name until now. Even its owner does not see the rows of a table with forced row security.
alter table business_hours no force row level security;
alter table call_settings no force row level security;
alter table queues no force row level security;
insert into call_settings (workspace_id, hours_id)
  select workspace_id, id from business_hours where name = 'Business hours'
  on conflict (workspace_id) do update set hours_id = excluded.hours_id;
update queues q set own_hours_id = h.id from business_hours h
  where h.workspace_id = q.workspace_id and h.name = 'Department ' || q.name;
alter table business_hours force row level security;
alter table call_settings force row level security;
alter table queues force row level security;
