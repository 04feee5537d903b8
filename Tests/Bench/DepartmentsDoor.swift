import Fleet
import Foundation
import RabbitMQ
import Support

/// The departments' way to the broker as it is deployed: nginx with the limits of `Deploy/Edge/departments.conf`.
struct DepartmentsDoor {
    /// It did not open.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process: Process
    private let folder: URL
    /// The broker as it is seen from outside.
    let broker: BrokerConfiguration

    /// Opens it on a port of its own, before the broker of a fleet.
    init(to inside: BrokerConfiguration) async throws {
        let port = try FreePorts.take(1)[0]
        folder = FileManager.default.temporaryDirectory.appending(path: "ebinda-door-\(port)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let limits = Documents.root.appending(path: "Deploy/Edge/departments.conf").path
        let address = inside.addresses[0]
        let configuration = """
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            pid \(folder.path)/nginx.pid;
            error_log \(folder.path)/error.log warn;
            worker_processes 1;
            events { worker_connections 64; }
            stream {
                include "\(limits)";
                server { listen 127.0.0.1:\(port); proxy_pass \(address.host):\(address.port); }
            }
            """
        let file = folder.appending(path: "nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/nginx")
        process.arguments = ["-e", "\(folder.path)/error.log", "-p", folder.path, "-c", file.path]
        try process.run()
        var outside = inside
        outside.addresses = [.init(host: "127.0.0.1", port: port)]
        broker = outside
        let nginx = process
        try await eventually("the door is open (its log: \(folder.path)/error.log)", within: .seconds(10)) {
            guard nginx.isRunning else { throw Failure(description: "nginx has ended, see \(file.path)") }
            return (try? await BrokerAdministration.connected(outside) { _ in true }) ?? false
        }
    }

    /// Shuts it.
    func close() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
