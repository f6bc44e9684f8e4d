package com.example.mocked;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;
import javax.sql.DataSource;
import org.mockito.MockedStatic;

/**
 * What an application's own tests do with clients and connections, by Mockito's inline mocks, which are woven into the same
 * classes as the agent's gates. Says what each gave. Argument: an address that answers.
 */
public final class MockedApplication {

    private MockedApplication() {}

    public static void main(String[] arguments) throws Exception {
        URI address = URI.create(arguments[0]);
        HttpRequest request = HttpRequest.newBuilder(address).build();

        HttpClient mocked = mock(HttpClient.class);
        System.out.println("bare mock: " + mocked.send(request, BodyHandlers.ofString()));
        HttpResponse<String> response = mock();
        when(mocked.<String>send(any(), any())).thenReturn(response);
        System.out.println("taught mock: " + (mocked.send(request, BodyHandlers.ofString()) == response));

        HttpClient real = HttpClient.newHttpClient();
        System.out.println(
                "real: " + real.send(request, BodyHandlers.ofString()).statusCode());

        URL url = mock(URL.class);
        HttpURLConnection connection = mock(HttpURLConnection.class);
        when(url.openConnection()).thenReturn(connection);
        System.out.println("url: " + ((HttpURLConnection) url.openConnection()).getResponseCode());

        Driver driver = mock(Driver.class);
        System.out.println("driver: " + driver.connect("jdbc:h2:mem:x", new Properties()));
        DataSource source = mock(DataSource.class);
        System.out.println("source: " + source.getConnection());
        Connection offline = mock(Connection.class);
        when(source.getConnection()).thenReturn(offline);
        System.out.println("connection: " + (source.getConnection() == offline));
        System.out.println("prepared: " + offline.prepareStatement("select 1"));
        verify(offline).prepareStatement("select 1");
        verifyNoMoreInteractions(offline);
        PreparedStatement statement = mock(PreparedStatement.class);
        System.out.println(
                "rows: " + statement.executeQuery() + " " + statement.execute() + " " + statement.executeUpdate());
        Statement plain = mock(Statement.class);
        ResultSet rows = mock(ResultSet.class);
        when(plain.executeQuery("select 1")).thenReturn(rows);
        System.out.println("taught rows: " + (plain.executeQuery("select 1") == rows));

        try (MockedStatic<DriverManager> manager = mockStatic(DriverManager.class)) {
            manager.when(() -> DriverManager.getConnection("jdbc:h2:mem:y")).thenReturn(offline);
            System.out.println("manager: " + (DriverManager.getConnection("jdbc:h2:mem:y") == offline));
        }
        Driver h2 = spy(
                (Driver) Class.forName("org.h2.Driver").getDeclaredConstructor().newInstance());
        try (Connection opened = h2.connect("jdbc:h2:mem:z", new Properties());
                Statement asked = opened.createStatement();
                ResultSet one = asked.executeQuery("select 1")) {
            System.out.println("spied driver: " + one.next());
        }
        verify(h2).connect(any(), any());
        System.out.println("done");
    }
}
