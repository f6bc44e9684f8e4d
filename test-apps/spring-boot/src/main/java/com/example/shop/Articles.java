package com.example.shop;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

@RestController
class Articles {

    private final JdbcTemplate jdbc;
    private final RestClient prices;

    Articles(JdbcTemplate jdbc, @Value("${prices.url}") String pricesUrl) {
        this.jdbc = jdbc;
        HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(client);
        requests.setReadTimeout(Duration.ofSeconds(5));
        this.prices =
                RestClient.builder().requestFactory(requests).baseUrl(pricesUrl).build();
    }

    @GetMapping("/articles")
    List<String> all() {
        return jdbc.queryForList("select name from article order by name", String.class);
    }

    @GetMapping("/articles/{name}/price")
    String price(@PathVariable String name) {
        return prices.get().uri("/prices/{name}", name).retrieve().body(String.class);
    }
}
