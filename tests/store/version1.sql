BEGIN TRANSACTION;
CREATE TABLE answers (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	node_key VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	label INTEGER, 
	confidence DOUBLE NOT NULL, 
	split INTEGER, 
	revokes INTEGER, 
	expert VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project_id, number), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "answers" VALUES(1,1,1,1,'1','1','label',0,0.9,NULL,NULL,'me','2026-01-02 03:04:05.000000');
INSERT INTO "answers" VALUES(2,1,2,1,'2','2','label',1,0.8,NULL,NULL,'me','2026-01-02 03:04:05.000000');
CREATE TABLE classes (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	label INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project_id, label), 
	UNIQUE (project_id, name), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "classes" VALUES(1,1,0,'cat');
INSERT INTO "classes" VALUES(2,1,1,'kitten');
INSERT INTO "classes" VALUES(3,1,2,'dog');
CREATE TABLE events (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	stage VARCHAR NOT NULL, 
	done INTEGER NOT NULL, 
	metrics JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project_id INTEGER, 
	kind VARCHAR NOT NULL, 
	arguments JSON NOT NULL, 
	result JSON NOT NULL, 
	state VARCHAR NOT NULL, 
	progress JSON NOT NULL, 
	error VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	cancel_at DATETIME, 
	worker VARCHAR NOT NULL, 
	heartbeat_at DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "jobs" VALUES(1,1,'train','{"model": 1, "config": null}','{}','done','{}','',1,NULL,'',NULL,'2026-01-02 03:04:05.000000',NULL,'2026-01-02 03:04:05.000000');
CREATE TABLE models (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	config JSON NOT NULL, 
	taught_by INTEGER, 
	finished BOOLEAN NOT NULL, 
	seconds JSON NOT NULL, 
	metrics JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project_id, number), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "models" VALUES(1,1,1,'{"preset": "manifold", "method": "vae", "method_config": {}, "train": {"epochs": 12, "batch_size": 256, "learning_rate": 0.002, "schedule": "cosine", "device": "auto", "precision": "auto", "compile": false, "seed": 0}, "embed": {"space": "umap", "dimensions": 10, "neighbours": 15}, "cluster": {"algorithm": "gmm", "clusters": 16, "covariance": "full"}, "card": {"near": 8, "random": 8, "far": 8}, "propagate": {"distance": "euclidean", "decay": "posterior", "a": 1.0, "scaled": true}, "retrain": {"gamma": 1000.0, "epochs": 6, "learning_rate": 0.001}}',NULL,1,'{}','{}','2026-01-02 03:04:05.000000');
CREATE TABLE nodes (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	parent_key VARCHAR, 
	split_answer INTEGER, 
	size INTEGER NOT NULL, 
	card JSON NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project_id, round, "key"), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "nodes" VALUES(1,1,1,'1','1',NULL,NULL,2,'{"spread": 1.0, "impurity": 0.0, "medoid": 0, "near": [], "random": [], "far": [], "suggested": null, "agreement": 0.0, "known": 0.0}');
INSERT INTO "nodes" VALUES(2,1,1,'2','2',NULL,NULL,2,'{"spread": 1.0, "impurity": 0.0, "medoid": 0, "near": [], "random": [], "far": [], "suggested": null, "agreement": 0.0, "known": 0.0}');
CREATE TABLE projects (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	config JSON NOT NULL, 
	data JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	UNIQUE (name)
);
INSERT INTO "projects" VALUES(1,'old','digits','{"preset": "manifold", "method": "vae", "method_config": {}, "train": {"epochs": 12, "batch_size": 256, "learning_rate": 0.002, "schedule": "cosine", "device": "auto", "precision": "auto", "compile": false, "seed": 0}, "embed": {"space": "umap", "dimensions": 10, "neighbours": 15}, "cluster": {"algorithm": "gmm", "clusters": 16, "covariance": "full"}, "card": {"near": 8, "random": 8, "far": 8}, "propagate": {"distance": "euclidean", "decay": "posterior", "a": 1.0, "scaled": true}, "retrain": {"gamma": 1000.0, "epochs": 6, "learning_rate": 0.001}}','{"count": 6, "train": 5, "test": 1, "height": 8, "width": 8, "channels": 1, "unreadable": [], "has_targets": false}','2026-01-02 03:04:05.000000');
CREATE TABLE rounds (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	model INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	config JSON NOT NULL, 
	propagated JSON, 
	propagated_until INTEGER NOT NULL, 
	metrics JSON NOT NULL, 
	seconds JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (project_id, number), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "rounds" VALUES(1,1,1,1,'asking','{"preset": "manifold", "method": "vae", "method_config": {}, "train": {"epochs": 12, "batch_size": 256, "learning_rate": 0.002, "schedule": "cosine", "device": "auto", "precision": "auto", "compile": false, "seed": 0}, "embed": {"space": "umap", "dimensions": 10, "neighbours": 15}, "cluster": {"algorithm": "gmm", "clusters": 16, "covariance": "full"}, "card": {"near": 8, "random": 8, "far": 8}, "propagate": {"distance": "euclidean", "decay": "posterior", "a": 1.0, "scaled": true}, "retrain": {"gamma": 1000.0, "epochs": 6, "learning_rate": 0.001}}','{"distance": "euclidean", "decay": "posterior", "a": 1.0, "scaled": true}',2,'{}','{}','2026-01-02 03:04:05.000000',NULL);
CREATE TABLE workspace (
	id INTEGER NOT NULL, 
	schema_version INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "workspace" VALUES(1,1);
CREATE INDEX ix_classes_project_id ON classes (project_id);
CREATE INDEX ix_models_project_id ON models (project_id);
CREATE INDEX ix_rounds_project_id ON rounds (project_id);
CREATE INDEX ix_nodes_project_id ON nodes (project_id);
CREATE INDEX ix_answers_project_id ON answers (project_id);
CREATE INDEX ix_jobs_project_id ON jobs (project_id);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_events_job_id ON events (job_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('projects',1);
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
