package com.example.booking;

import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.NestedRuntimeException;

/** The same staff as {@link StaffDirectory}'s, by Spring Data JPA. Made when first asked. Thread-safe. */
final class StaffByHibernate {

    private final DataSource dataSource;
    private People people;

    StaffByHibernate(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The staff of one site, as JSON. */
    Reply at(String site) throws SQLException {
        try {
            List<Person> found = people().findBySiteOrderByName(site);
            return StaffDirectory.reply(found.stream()
                    .map(person ->
                            StaffDirectory.json(person.id, person.name, person.role, String.valueOf(person.since)))
                    .toList());
        } catch (NestedRuntimeException failed) {
            throw new SQLException("the staff cannot be listed", failed);
        }
    }

    private synchronized People people() {
        if (people == null) {
            AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
            context.registerBean(DataSource.class, () -> dataSource);
            context.register(Persistence.class);
            context.refresh();
            people = context.getBean(People.class);
        }
        return people;
    }
}
