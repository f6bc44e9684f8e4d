package com.example.booking;

import jakarta.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.Database;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Spring Data JPA with Hibernate over a given {@code DataSource}. */
@Configuration
@EnableTransactionManagement
@EnableJpaRepositories
class Persistence {

    @Bean
    LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource source) {
        LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
        factory.setDataSource(source);
        HibernateJpaVendorAdapter hibernate = new HibernateJpaVendorAdapter();
        // Named, so that it need not be asked of a database that may be away.
        hibernate.setDatabase(Database.POSTGRESQL);
        factory.setJpaVendorAdapter(hibernate);
        factory.setManagedTypes(PersistenceManagedTypes.of(Person.class.getName()));
        return factory;
    }

    @Bean
    PlatformTransactionManager transactionManager(EntityManagerFactory factory) {
        return new JpaTransactionManager(factory);
    }
}
