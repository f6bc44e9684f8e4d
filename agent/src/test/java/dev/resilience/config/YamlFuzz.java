package dev.resilience.config;

import java.nio.charset.StandardCharsets;

/** A configuration by anybody is in force or told what is wrong with it, in words. */
public final class YamlFuzz {

    private YamlFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        ConfigLoad load = Yaml.read(new String(data, StandardCharsets.UTF_8));
        if (load instanceof ConfigLoad.Broken broken) {
            if (broken.problems().isEmpty()) {
                throw new AssertionError("refused without a reason");
            }
            broken.problems().forEach(ConfigProblem::toString);
        }
    }
}
