package dev.resilience.testapps.demo;

import dev.resilience.testapps.harness.CalComStandIn;
import dev.resilience.testapps.harness.PostgresProcess;
import dev.resilience.testapps.harness.RedisProcess;
import dev.resilience.testapps.harness.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** What the booking application depends on, and the Redis that the instances share their circuits through. */
record Surroundings(Path directory, RedisProcess redis, PostgresProcess postgres, CalComStandIn calCom) {

    private static final String[] STAFF = {
        "create table staff (id int primary key, site varchar(20), name varchar(40), role varchar(40), since date)",
        "insert into staff values (1, 'north', 'Ada', 'physician', '2019-04-01'), (2, 'north', 'Ben', 'nurse', '2021-09-15'),"
                + " (3, 'south', 'Cleo', 'physician', '2017-01-09'), (4, 'south', 'Dan', 'receptionist', '2023-06-30')"
    };

    static Surroundings start(Closing closing) throws IOException, SQLException {
        TemporaryDirectory directory = closing.add(new TemporaryDirectory("resilience-demo-"));
        RedisProcess redis = closing.add(new RedisProcess(directory.child("redis")));
        PostgresProcess postgres = closing.add(new PostgresProcess(directory.child("postgres")));
        postgres.run("postgres", "create database booking");
        postgres.run("booking", STAFF);
        CalComStandIn calCom = closing.add(new CalComStandIn());
        return new Surroundings(directory.path(), redis, postgres, calCom);
    }
}
