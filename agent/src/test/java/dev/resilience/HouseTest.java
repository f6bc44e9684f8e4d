package dev.resilience;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.resilience.log.SystemLogger;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the house as the README's architecture section draws it: a room uses only rooms on lower floors. */
class HouseTest {

    /** From the roof to the ground. Rooms of one floor do not use each other. */
    private static final List<List<String>> FLOORS = List.of(
            List.of("agent"),
            List.of("cli", "admin", "instrument"),
            List.of("store"),
            List.of("guard"),
            List.of("fallback", "health", "telemetry"),
            List.of("metrics"),
            List.of("breaker"),
            List.of("config", "rule"),
            List.of("log", "json", "net"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.resilience");

    @TestFactory
    Stream<DynamicTest> a_room_uses_only_rooms_on_lower_floors() {
        return FLOORS.stream()
                .flatMap(floor -> floor.stream()
                        .map(room -> DynamicTest.dynamicTest(room, () -> {
                            String[] forbidden = FLOORS.subList(0, FLOORS.indexOf(floor) + 1).stream()
                                    .flatMap(List::stream)
                                    .filter(other -> !other.equals(room))
                                    .map(HouseTest::packages)
                                    .toArray(String[]::new);
                            noClasses()
                                    .that()
                                    .resideInAPackage(packages(room))
                                    .should()
                                    .dependOnClassesThat()
                                    .resideInAnyPackage(forbidden)
                                    .allowEmptyShould(true)
                                    .check(CLASSES);
                        })));
    }

    @Test
    void only_the_weaving_rooms_and_the_packer_know_byte_buddy() {
        // The packer is of the build, and not in the jar.
        onlyIn("net.bytebuddy..", "instrument", "agent", "pack");
    }

    @Test
    void only_the_store_knows_lettuce() {
        onlyIn("io.lettuce..", "store");
    }

    @Test
    void only_the_configuration_knows_snakeyaml() {
        onlyIn("org.yaml..", "config");
    }

    @Test
    void only_telemetry_knows_opentelemetry() {
        onlyIn("io.opentelemetry..", "telemetry");
    }

    @Test
    void only_the_stand_in_knows_slf4j() {
        onlyIn("org.slf4j..", "log");
    }

    /** Its initialisation fixes the default time zone before the application may have chosen one. */
    @Test
    void jacksons_mapper_stays_out_of_applications() {
        noClasses()
                .that()
                .resideOutsideOfPackages(packages("cli"), packages("config"))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectMapper.class)
                .check(CLASSES);
    }

    @Test
    void nobody_touches_the_jdks_loggers_but_who_stands_in_for_them() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(SystemLogger.class.getName())
                .should()
                .dependOnClassesThat(new DescribedPredicate<JavaClass>("are the JDK's loggers") {
                    @Override
                    public boolean test(JavaClass type) {
                        return type.getPackageName().equals("java.util.logging")
                                || type.getName().startsWith("java.lang.System$Logger");
                    }
                })
                .check(CLASSES);
    }

    private static void onlyIn(String library, String... rooms) {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        Stream.of(rooms).map(HouseTest::packages).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    private static String packages(String room) {
        return "dev.resilience." + room + "..";
    }
}
