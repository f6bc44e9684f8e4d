insert into article (name) values ('lamp'), ('chair');
