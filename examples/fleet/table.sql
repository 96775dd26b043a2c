create table semantik_plugin_state (
  name text primary key,
  version text not null,
  document text not null
);
create role search_host login;
grant select, insert, update on semantik_plugin_state to search_host;
