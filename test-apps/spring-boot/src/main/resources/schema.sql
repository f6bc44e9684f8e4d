create table article (name varchar(80) primary key);
