package com.example.booking;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.LocalDate;

/** Somebody who works at the clinic, as Hibernate reads it. */
@Entity
@Table(name = "staff")
class Person {

    @Id
    int id;

    String site;
    String name;
    String role;
    LocalDate since;
}
