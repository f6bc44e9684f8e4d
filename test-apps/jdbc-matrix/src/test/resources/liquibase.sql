--liquibase formatted sql

--changeset matrix:1
create table based(id int);
insert into based values (1);
