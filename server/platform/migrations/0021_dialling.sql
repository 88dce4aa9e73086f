-- Where calls may go, and to which kinds of numbers; what is left out is as the release has it.
alter table call_settings
  add column dialling jsonb not null default '{}' check (jsonb_typeof(dialling) = 'object');
