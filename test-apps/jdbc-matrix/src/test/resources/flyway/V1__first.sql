create table flown(id int);
