package com.example.booking;

import java.util.List;
import org.springframework.data.repository.Repository;

/** The staff's table, by Spring Data JPA. */
interface People extends Repository<Person, Integer> {

    List<Person> findBySiteOrderByName(String site);
}
