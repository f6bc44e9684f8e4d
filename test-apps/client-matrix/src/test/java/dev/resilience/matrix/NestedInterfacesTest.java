package dev.resilience.matrix;

import feign.Feign;
import feign.RequestLine;
import feign.Retryer;
import feign.jackson.JacksonDecoder;
import io.reactivex.rxjava3.core.Single;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.glassfish.jersey.apache5.connector.Apache5ConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;
import org.glassfish.jersey.jetty.connector.JettyConnectorProvider;
import retrofit2.Call;
import retrofit2.Callback;
import retrofit2.HttpException;
import retrofit2.Response;
import retrofit2.Retrofit;
import retrofit2.adapter.rxjava3.RxJava3CallAdapterFactory;
import retrofit2.converter.jackson.JacksonConverterFactory;
import retrofit2.http.GET;
import retrofit2.http.Url;

/** Clients that applications describe by interfaces: OpenFeign over each of its clients, Retrofit, Jersey. */
class NestedInterfacesTest extends NestedConformance {

    /** For Feign. */
    public interface People {
        @RequestLine("GET")
        Map<String, String> person(URI uri);
    }

    /** For Retrofit. */
    public interface RetrofitPeople {
        @GET
        Call<Map<String, String>> person(@Url String uri);

        @GET
        CompletableFuture<Map<String, String>> personLater(@Url String uri);

        @GET
        Single<Map<String, String>> personReactively(@Url String uri);
    }

    @Override
    Map<String, Caller> callers() {
        Map<String, Caller> callers = new LinkedHashMap<>();
        callers.put("Feign over HttpURLConnection", feign(new feign.Client.Default(null, null)));
        callers.put("Feign over OkHttp", feign(new feign.okhttp.OkHttpClient()));
        callers.put(
                "Feign over Apache 5",
                feign(new feign.hc5.ApacheHttp5Client(
                        HttpClients.custom().disableAutomaticRetries().build())));
        callers.put("Feign over java.net.http", feign(new feign.http2client.Http2Client()));
        RetrofitPeople retrofit = new Retrofit.Builder()
                .baseUrl("http://127.0.0.1/")
                .addConverterFactory(JacksonConverterFactory.create())
                .addCallAdapterFactory(RxJava3CallAdapterFactory.create())
                .build()
                .create(RetrofitPeople.class);
        callers.put("Retrofit", uri -> name(retrofit.person(uri.toString()).execute()));
        callers.put("Retrofit, enqueued", uri -> enqueued(retrofit.person(uri.toString())));
        callers.put(
                "Retrofit, as a future",
                uri -> retrofit.personLater(uri.toString())
                        .get(30, TimeUnit.SECONDS)
                        .get("name"));
        callers.put(
                "Retrofit, by RxJava",
                uri -> retrofit.personReactively(uri.toString()).blockingGet().get("name"));
        addJersey(callers, "", ClientBuilder.newClient());
        addJersey(
                callers,
                " over Apache 5",
                ClientBuilder.newClient(new ClientConfig().connectorProvider(new Apache5ConnectorProvider())));
        addJersey(
                callers,
                " over Jetty",
                ClientBuilder.newClient(new ClientConfig().connectorProvider(new JettyConnectorProvider())));
        return callers;
    }

    private static void addJersey(Map<String, Caller> callers, String over, Client jersey) {
        callers.put("Jersey" + over, uri ->
                (String) jersey.target(uri).request().get(Map.class).get("name"));
        callers.put("Jersey" + over + ", async", uri -> (String) jersey.target(uri)
                .request()
                .async()
                .get(Map.class)
                .get(30, TimeUnit.SECONDS)
                .get("name"));
    }

    private static Caller feign(feign.Client client) {
        People people = Feign.builder()
                .client(client)
                .decoder(new JacksonDecoder())
                .retryer(Retryer.NEVER_RETRY)
                .target(feign.Target.EmptyTarget.create(People.class));
        return uri -> people.person(uri).get("name");
    }

    private static String name(Response<Map<String, String>> response) {
        if (!response.isSuccessful()) {
            throw new HttpException(response);
        }
        return response.body().get("name");
    }

    private static String enqueued(Call<Map<String, String>> call) throws Exception {
        CompletableFuture<Response<Map<String, String>>> future = new CompletableFuture<>();
        call.enqueue(new Callback<>() {
            @Override
            public void onResponse(Call<Map<String, String>> made, Response<Map<String, String>> response) {
                future.complete(response);
            }

            @Override
            public void onFailure(Call<Map<String, String>> made, Throwable failure) {
                future.completeExceptionally(failure instanceof IOException ? failure : new IOException(failure));
            }
        });
        return name(future.get(30, TimeUnit.SECONDS));
    }
}
